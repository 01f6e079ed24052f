import pytest

from service.api.catalog import Catalog, Entry


def test_settings_that_name_an_unknown_model_are_refused() -> None:
    entries = {"a": Entry("a", "A", None)}
    for default, fallback in (("b", None), ("a", "b")):
        with pytest.raises(ValueError, match="'b'"):
            Catalog(entries, default=default, fallback=fallback)


def test_nothing_installed_cannot_speak() -> None:
    catalog = Catalog({"a": Entry("a", "A", None)}, default="a", fallback=None)
    assert not catalog.can_speak()

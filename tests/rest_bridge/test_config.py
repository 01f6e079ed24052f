import pytest
from pydantic import ValidationError

from rest_bridge.config import BridgeSettings, Settings


@pytest.fixture
def config(tmp_path, monkeypatch):
    """Writes the file that ESLATAM_CONFIG names."""

    def write(text):
        file = tmp_path / "config.yaml"
        file.write_text(text)
        monkeypatch.setenv("ESLATAM_CONFIG", str(file))

    return write


def test_nothing_set_is_a_local_bridge(monkeypatch):
    monkeypatch.delenv("ESLATAM_CONFIG", raising=False)
    settings = Settings().bridge
    assert settings == BridgeSettings()
    assert (settings.host, settings.port, settings.target) == ("127.0.0.1", 8004, "127.0.0.1:50051")


def test_the_file_is_read_and_variables_win(config, monkeypatch):
    config("grpc: {port: 1}\nbridge:\n  host: 0.0.0.0\n  port: 9000\n  ssl: {certfile: a.pem, keyfile: b.pem}\n")
    monkeypatch.setenv("ESLATAM_BRIDGE__PORT", "9001")
    monkeypatch.setenv("ESLATAM_BRIDGE__SSL__KEYFILE", "c.pem")
    monkeypatch.setenv("ESLATAM_BRIDGE__CORS_ORIGINS", '["*"]')
    settings = Settings().bridge
    assert (settings.host, settings.port, settings.cors_origins) == ("0.0.0.0", 9001, ("*",))
    assert settings.ssl is not None
    assert (settings.ssl.certfile.name, settings.ssl.keyfile.name) == ("a.pem", "c.pem")


@pytest.mark.parametrize("text", ["", "bridge:\n", "grpc: {port: 1}\n"])
def test_a_file_without_the_section_changes_nothing(config, text):
    config(text)
    assert Settings().bridge == BridgeSettings()


@pytest.mark.parametrize("text", ["bridge: {prot: 1}", "bridge: {port: 70000}", "bridge: {timeout: 0}", "bridge: 3"])
def test_a_wrong_setting_is_an_error(config, text):
    config(text)
    with pytest.raises(ValidationError):
        Settings()


def test_a_wrong_variable_is_an_error(monkeypatch):
    monkeypatch.setenv("ESLATAM_BRIDGE__PROT", "1")
    with pytest.raises(ValidationError):
        Settings()


def test_a_file_that_is_not_there_is_an_error(monkeypatch):
    monkeypatch.setenv("ESLATAM_CONFIG", "/nowhere/config.yaml")
    with pytest.raises(FileNotFoundError):
        Settings()

"""ModelService: which models there are and what each of them does."""

from eslatam.tts.v1 import models_pb2, models_pb2_grpc

from service.api.catalog import Catalog, Entry
from service.api.interception import Context
from service.engine.engine import State

STATES = {state: models_pb2.ModelState.Value(f"MODEL_STATE_{state.name}") for state in State}


class ModelServicer(models_pb2_grpc.ModelServiceServicer):
    """Describes the catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def ListModels(
        self, request: models_pb2.ListModelsRequest, context: Context
    ) -> models_pb2.ListModelsResponse:
        entries = sorted(self._catalog.entries.values(), key=lambda e: (e.name != self._catalog.default, e.name))
        return models_pb2.ListModelsResponse(models=map(self._describe, entries))

    async def GetModel(self, request: models_pb2.GetModelRequest, context: Context) -> models_pb2.GetModelResponse:
        return models_pb2.GetModelResponse(
            model=self._describe(self._catalog.get(request.name.removeprefix("models/")))
        )

    def _describe(self, entry: Entry) -> models_pb2.Model:
        model = models_pb2.Model(
            name=f"models/{entry.name}",
            display_name=entry.display_name,
            unavailable_reason=entry.en,
            state=models_pb2.MODEL_STATE_NOT_INSTALLED,
            is_default=entry.name == self._catalog.default,
        )
        if stand_in := self._catalog.stand_in(entry):
            model.fallback_model = f"models/{stand_in.name}"
        if entry.engine:
            model.installed = True
            model.state = STATES[entry.engine.state]
        if info := entry.info:
            model.display_name = info.display_name
            model.revision = info.revision
            model.language_codes.extend(info.languages)
            model.sample_rate_hertz = info.sample_rate
            model.generation_options.extend(sorted(info.options))
            model.can_clone = info.can_clone
            model.has_word_timestamps = info.has_word_times
            model.device = info.device
        return model

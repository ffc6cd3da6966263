from __future__ import annotations

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from recommender.jobs.texts import TextsWorded, texts_word
from recommender.language.voice.opening import VoiceSettings, open_voice
from recommender.language.voice.speaking import SpokenVoice, VoiceError
from recommender.management.console import (
    DEPENDENCY_MISSING,
    FAILED,
    USAGE,
    ConsoleCommand,
    progress_bar,
    storefront_named,
)


class Command(ConsoleCommand):
    help = "Let the voice that the settings name word the sentences of explanations. Only true ones are kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("storefront")
        codes = [code for code, _name in settings.LANGUAGES]
        parser.add_argument("--language", action="append", default=[], choices=codes, help="Default: all of the site.")
        self.add_format(parser)

    def handle(self, *, storefront, language, format, **options) -> None:
        chosen = storefront_named(storefront)
        try:
            voice = _voice()
        except VoiceError as error:
            raise CommandError(str(error), returncode=DEPENDENCY_MISSING) from None
        if voice is None:
            raise CommandError(
                "No voice is set: give VOICE_MODEL a local model, or VOICE_URL a server and VOICE_MODEL its name for "
                "the model. Explanations go on with our own sentences.",
                returncode=USAGE,
            )
        with progress_bar("Word") as show:
            result = texts_word(chosen, voice, language, lambda done, total: show("wording", done / total))
        rows = [{"figure": name, "value": value} for name, value in _shown(result).items()]
        self.print_rows(rows, format, title=f"{storefront}, {voice.name}")
        if result.waiting:
            raise CommandError(
                f"{voice.name} does not answer; {result.waiting} sentences wait. Look at VOICE_URL, then repeat.",
                returncode=FAILED,
            )
        if format == "table":
            for text, why in result.refused:
                self.stdout.write(f"Refused: {text} {why}")
            self.stdout.write(f"Pages say them within a minute. Next: manage.py recommend {storefront} PERSON")


def _voice() -> SpokenVoice | None:
    return open_voice(
        VoiceSettings(
            model=settings.VOICE_MODEL,
            url=settings.VOICE_URL,
            key=settings.VOICE_KEY,
            timeout=settings.VOICE_TIMEOUT,
            retries=settings.VOICE_RETRIES,
            failures=settings.VOICE_FAILURES,
            pause=settings.VOICE_PAUSE,
            device=settings.DEVICE or "cpu",
        )
    )


def _shown(result: TextsWorded) -> dict[str, int]:
    return {**vars(result), "refused": len(result.refused)}

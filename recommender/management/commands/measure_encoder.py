from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils.text import slugify

from recommender import selectors
from recommender.jobs import encoder_adopt
from recommender.jobs.embedding import model_name
from recommender.language.model_folder import EncoderError
from recommender.management.console import DEPENDENCY_MISSING, USAGE, ConsoleCommand, progress_bar, storefront_named
from recommender.models import Artifact, LiveEncoder


class Command(ConsoleCommand):
    help = "Measure smaller and faster forms of a text encoder on a storefront, and keep the one that you pick."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("storefront")
        parser.add_argument("--encoder", type=int, metavar="ARTIFACT", help="Default: the one that is live.")
        parser.add_argument(
            "--student", type=int, action="append", default=[], metavar="ARTIFACT", help="One that was distilled."
        )
        parser.add_argument(
            "--adapter",
            type=Path,
            action="append",
            default=[],
            metavar="FOLDER",
            help="A LoRA adapter for the encoder, as peft saves it; merged, it is one more form to measure and keep.",
        )
        parser.add_argument("--items", type=int, default=2000, help="Drawn from the catalogue, to encode and rank.")
        parser.add_argument("--rounds", type=int, default=3, help="Times that each form is timed.")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--pick", metavar="VARIANT", help="Keep this form as an encoder to put live.")
        self.add_format(parser)

    def handle(self, *, storefront, encoder, student, adapter, items, rounds, seed, pick, format, **options) -> None:
        from recommender.language.encoder import load_encoder
        from recommender.language.measure import measure_variants

        chosen = storefront_named(storefront)
        live = LiveEncoder.objects.select_related("artifact").filter(storefront=chosen).first()
        name = str(self._encoder(chosen, encoder).path) if encoder else model_name(live.artifact if live else None)
        students = {str(number): self._encoder(chosen, number).path for number in student}
        adapters = {slugify(path.name) or str(number): path for number, path in enumerate(adapter, start=1)}
        folder = settings.VAR_DIR / "cache" / "variants" / chosen.slug
        shutil.rmtree(folder, ignore_errors=True)
        try:
            with progress_bar("Measure") as show:
                rows = measure_variants(
                    load_encoder(name, device=settings.DEVICE or "cpu"),
                    selectors.corpus_for(chosen),
                    folder,
                    students=students,
                    adapters=adapters,
                    items=items,
                    rounds=rounds,
                    seed=seed,
                    report=show,
                )
            title = f"{storefront}: {Path(name).name}, {rows[0]['questions']:,} questions"
            self.print_rows([_shown(row) for row in rows] if format == "table" else rows, format, title=title)
            if format == "table":
                self.stdout.write(self._kept(chosen, rows, pick))
        except EncoderError as error:
            raise CommandError(str(error), returncode=DEPENDENCY_MISSING) from None
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _encoder(self, storefront, number: int) -> Artifact:
        found = Artifact.objects.filter(pk=number, storefront=storefront, product=Artifact.Product.ENCODER).first()
        if found is None:
            raise CommandError(f"{storefront.slug} has no text encoder {number}.", returncode=USAGE)
        return found

    def _kept(self, storefront, rows: list[dict], pick: str | None) -> str:
        forms = {row["variant"]: row for row in rows if not row["variant"].startswith("onnx")}
        if pick is None:
            return f"Next: keep one with --pick {' | '.join(forms)}. Web processes read with onnx-fp32."
        if pick not in forms:
            raise CommandError(f"There is no form {pick!r} to keep; pick one of {', '.join(forms)}.", returncode=USAGE)
        kept = encoder_adopt(storefront, forms[pick]["folder"], source=pick)
        return f"Artifact {kept.pk} is ready. Next: manage.py embed {storefront.slug} --encoder {kept.pk}"


def _shown(row: dict) -> dict:
    """In the units that an operator compares by; a dash where there is nothing to compare."""
    return {
        "variant": row["variant"],
        "MB": round(row["bytes"] / 1e6, 1),
        "dims": row["dimensions"],
        "texts/s": round(row["texts_per_second"], 1),
        "ms/text": round(row["one_text_ms"], 2),
        **{
            shown: "–" if row[name] is None else round(row[name], 4)
            for shown, name in (
                ("cosine", "cosine"),
                ("NDCG@10", "ndcg@10"),
                ("lost", "ndcg_lost"),
                ("at most", "ndcg_lost_at_most"),
            )
        },
    }

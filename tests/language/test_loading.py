"""Loading: which files are read, what their order and spelling may change (nothing), and what the hash stands for."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from cpt_rules.language.problems import RulesetError
from cpt_rules.ruleset.load import load_ruleset
from cpt_rules.ruleset.ruleset import Ruleset

HERE = Path(__file__).parent
BASE = {path.name: path.read_text("utf-8") for path in sorted((HERE / "base").glob("*.yaml"))}
SET = "set: mine\ntitle: My codes\nvalues: {2020-01-01: [86329, 80047-80053], 2024-01-01: [86331]}\nsource: manual\n"


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def loaded(folder: Path, *texts: str) -> Ruleset:
    """The small valid ruleset with further files."""
    return load_ruleset(write(folder, {**BASE, **{f"more{number}.yaml": text for number, text in enumerate(texts)}}))


def said(*paths: Path | str) -> str:
    with pytest.raises(RulesetError) as caught:
        load_ruleset(*paths)
    return str(caught.value)


# ---- files ---------------------------------------------------------------------------------------------------------


def test_files_folders_and_both_endings_are_read(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"base/knowledge.yaml": BASE["knowledge.yaml"], "deep/er/edits.yml": BASE["edits.yaml"], "x.yaml": SET},
    )
    ruleset = load_ruleset(tmp_path / "base", str(tmp_path / "deep"), tmp_path / "x.yaml")
    assert "mine" in ruleset.sets
    assert ruleset == load_ruleset(tmp_path)


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    folder = write(tmp_path, BASE)
    assert load_ruleset(folder, folder / "edits.yaml", folder) == load_ruleset(folder)


def test_files_with_other_endings_are_not_read(tmp_path: Path) -> None:
    assert load_ruleset(write(tmp_path, {**BASE, "README.md": "# {", "codes.csv": "{", "old.yaml.bak": "{"})).edits


def test_hidden_files_and_folders_are_not_read(tmp_path: Path) -> None:
    hidden = {".#edits.yaml": "{", ".git/config.yaml": "{", "._knowledge.yaml": "\0", ".cache/deep/x.yml": "{"}
    assert load_ruleset(write(tmp_path, {**BASE, **hidden})) == load_ruleset(HERE / "base")


def test_a_hidden_folder_that_is_named_is_read(tmp_path: Path) -> None:
    write(tmp_path, {f".rules/{name}": text for name, text in BASE.items()})
    assert load_ruleset(tmp_path / ".rules") == load_ruleset(HERE / "base")


def test_a_folder_that_does_not_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert said("rules") == "rules:1:1: no such file or folder; give a folder of rulesets"


def test_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rules").mkdir()
    monkeypatch.chdir(tmp_path)
    assert said("rules") == "rules:1:1: no .yaml file in this folder; give a folder of rulesets"


def test_paths_in_messages_start_at_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"rules/a.yaml": "set: mine\ntitle: My codes\nvalues: {2020-01-01: [1]}\nsource: nobody\n"})
    expected = "a.yaml:4:9: unknown source `nobody`; no file that was read has `source: nobody`"
    monkeypatch.chdir(tmp_path)
    assert said(tmp_path / "rules") == f"rules/{expected}"
    monkeypatch.chdir(tmp_path / "rules")
    assert said(tmp_path / "rules") == expected
    monkeypatch.chdir(HERE)
    assert said(tmp_path / "rules") == f"{tmp_path}/rules/{expected}"


@pytest.mark.skipif(sys.platform == "win32", reason="no symbolic links")
def test_a_link_to_nothing_is_no_file(tmp_path: Path) -> None:
    write(tmp_path, BASE)
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere.yaml")
    assert load_ruleset(tmp_path).edits


def test_all_files_are_read_before_names_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a.yaml": SET, "b.yaml": "set: b\n", "c.yaml": "- x\n"})
    monkeypatch.chdir(tmp_path)
    assert said(".").splitlines() == [
        "b.yaml:1:1: this set has no `source`",
        "b.yaml:1:1: this set has no `title`",
        "b.yaml:1:1: this set has no `values`",
        "c.yaml:1:1: a list where a document is due; a document starts with its kind: "
        "source, set, fact, table, profile, payer, edit, overlay",
    ]


# ---- order and spelling --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_files_and_documents_changes_nothing(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    documents = [each for text in BASE.values() for each in text.split("---\n")]
    dice.shuffle(documents)
    cuts = sorted(dice.sample(range(1, len(documents)), 3))
    parts = [documents[start:stop] for start, stop in zip([0, *cuts], [*cuts, None], strict=True)]
    names = dice.sample(["a.yaml", "b/c.yaml", "z.yml", "m/n/o.yaml"], 4)
    shuffled = load_ruleset(write(tmp_path, {n: "---\n".join(p) for n, p in zip(names, parts, strict=True)}))
    ruleset = load_ruleset(HERE / "base")
    assert shuffled == ruleset
    assert shuffled.hash == ruleset.hash
    assert list(shuffled.edits) == list(ruleset.edits)
    assert shuffled.overlays == ruleset.overlays


SPELLINGS = {
    "a comment": SET.replace("title", "# about codes\ntitle"),
    "quotes": SET.replace("My codes", '"My codes"').replace("[86329,", "['86329',"),
    "a list on its own lines": SET.replace("{2020", "\n  2020").replace(
        ", 2024-01-01: [86331]}", "\n  2024-01-01:\n    - 86331"
    ),
    "one value without a list": SET.replace("[86331]", "86331"),
    "the order of keys": "set: mine\nsource: manual\nvalues: {2024-01-01: [86331], 2020-01-01: [86329, 80047-80053]}\ntitle: My codes\n",
    "the default written out": SET + "complete: no\n",
    "line ends": SET.replace("\n", "\r\n"),
    "a byte order mark": "\ufeff" + SET,
    "blank lines and document marks": f"\n---\n\n{SET}\n---\n",
    "a title over two lines": SET.replace("My codes", "My\n  codes"),
}


@pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS)
def test_the_hash_does_not_depend_on_spelling(tmp_path: Path, text: str) -> None:
    assert loaded(tmp_path / "one", text).hash == loaded(tmp_path / "other", SET).hash


MEANINGS = {
    "a code": SET.replace("86331", "86332"),
    "a day": SET.replace("2024-01-01", "2024-01-02"),
    "the end of a range": SET.replace("80053", "80054"),
    "a range in quotes, which is text": SET.replace("80047-80053", "'80047-80053'"),
    "complete": SET + "complete: yes\n",
    "another source": SET.replace("manual", "letter"),
    "the id": SET.replace("mine", "ours"),
    "no values": SET.replace("[86331]", "not available"),
    "one more document": SET + "---\n" + SET.replace("mine", "ours"),
}


@pytest.mark.parametrize("text", MEANINGS.values(), ids=MEANINGS)
def test_the_hash_depends_on_meaning(tmp_path: Path, text: str) -> None:
    assert loaded(tmp_path / "one", text).hash != loaded(tmp_path / "other", SET).hash


def test_the_hash_does_not_depend_on_the_order_of_facts_plans_changes_and_given_fields(tmp_path: Path) -> None:
    one = """\
payer: other
title: Other
plans: {a: {ids: [A]}, b: {ids: [B]}}
facts: {timely.days: not available}
---
profile: 86331
facts: {pos: not available, mue: not available}
---
overlay: other.o
for: {payer: other, plan: a}
edits:
  clia.present: {adopt: yes, source: letter}
  code.present: {severity: warn, source: letter}
profiles:
  86329: {pos: not available, mue: not available}
  86331: {policy: not available}
tests:
  - {name: t, edit: clia.present, given: {line.code: 86329, line.clia: 05D0123456}, expect: pass}
"""
    other = """\
overlay: other.o
tests:
  - {expect: pass, given: {line.clia: 05D0123456, line.code: 86329}, edit: clia.present, name: t}
profiles:
  86331: {policy: not available}
  86329: {mue: not available, pos: not available}
edits:
  code.present: {source: letter, severity: warn}
  clia.present: {source: letter, adopt: yes}
for: {plan: a, payer: other}
---
profile: 86331
facts: {mue: not available, pos: not available}
---
payer: other
facts: {timely.days: not available}
plans: {b: {ids: [B]}, a: {ids: [A]}}
title: Other
"""
    assert loaded(tmp_path / "one", one).hash == loaded(tmp_path / "other", other).hash


def test_the_hash_does_not_depend_on_tests(tmp_path: Path) -> None:
    renamed = {**BASE, "edits.yaml": BASE["edits.yaml"].replace("name: on the claim", "name: somewhere")}
    assert renamed != BASE
    assert load_ruleset(write(tmp_path / "one", renamed)).hash == load_ruleset(write(tmp_path / "other", BASE)).hash


def test_the_hash_is_kept_and_is_a_sha256() -> None:
    ruleset = load_ruleset(HERE / "base")
    assert ruleset.hash is ruleset.hash
    assert len(ruleset.hash) == len("sha256:") + 64


def test_the_version_is_that_of_the_folders_that_have_one(tmp_path: Path) -> None:
    write(tmp_path, {"a/knowledge.yaml": BASE["knowledge.yaml"], "a/version.txt": "2026.1\n"})
    write(tmp_path, {"b/edits.yaml": BASE["edits.yaml"]})
    assert load_ruleset(tmp_path / "a", tmp_path / "b").version == "2026.1"
    assert load_ruleset(HERE / "base").version == "unversioned"

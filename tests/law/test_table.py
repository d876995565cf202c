"""A published table: columns, bad rows, and the contract of the JSON document."""

import json
from pathlib import Path

import pytest

from appliance.errors import InputRefused
from appliance.law.as_json import law_json
from appliance.law.quantity import Setting
from appliance.law.table import law_of_table, read_table

RESNET = """model,params,clean,shifted,images
resnet18,11.69,30.2,68.3,50000
resnet34,21.80,26.7,62.8,50000
resnet50,25.56,23.9,61.9,50000
resnet101,44.55,22.6,57.4,50000
resnet152,60.19,21.7,55.6,50000
"""
RESNEXT = """model,params,err
50_32x4d,25.03,17.838
101_32x16d,194.03,16.660
101_32x8d,88.79,15.724
101_32x4d,44.18,16.732
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_resnet_improves_on_both(tmp_path: Path) -> None:
    path = write(tmp_path, RESNET)
    for column, tau in (("clean", 0.2), ("shifted", 0.8)):
        law = law_of_table(path, size="params", error=column, parts="images", setting=Setting(tau_clean=tau))
        assert law.verdict.state == "improving"
        assert law.models is not None
        assert law.models.state == "improving"


def test_the_largest_resnext_falls_whatever_the_order_of_rows(tmp_path: Path) -> None:
    law = law_of_table(write(tmp_path, RESNEXT), size="params", error="err")
    assert law.verdict.state == "regressing"
    assert law.verdict.slope.over == ("101_32x8d", "101_32x16d")
    assert law.models is None
    with_parts = RESNEXT.replace("\n", ",50000\n").replace("err,50000", "err,n")
    of_models = law_of_table(write(tmp_path, with_parts), size="params", error="err", parts="n").models
    assert of_models is not None
    assert of_models.state == "regressing"


def test_json_has_its_keys_and_no_nan(tmp_path: Path) -> None:
    for parts in ("images", None):
        law = law_of_table(write(tmp_path, RESNET), size="params", error="clean", parts=parts)
        document = json.loads(json.dumps(law_json(law), allow_nan=False))
        assert document["verdict"] == "improving"
        assert {"estimate", "low", "high"} <= set(document["slope"])
        assert {"name", "weight", "parameters"} <= set(document["forms"][0])
        assert {"predicted", "low", "high", "actual"} <= set(document["left_out"])
        assert document["value"]["sizes"]
        assert document["slope"]["low"] < document["slope"]["estimate"] < document["slope"]["high"]
        assert sum(f["weight"] for f in document["forms"]) == pytest.approx(1.0)
        assert document["paired"] is False


def test_two_rows_without_parts_are_json_too(tmp_path: Path) -> None:
    law = law_of_table(write(tmp_path, "s,e\n1,10\n2,9\n"), size="s", error="e")
    document = json.loads(json.dumps(law_json(law), allow_nan=False))
    assert document["verdict"] == "undetermined"
    assert "add 1" in document["sentence"]
    one = law_json(law_of_table(write(tmp_path, "s,e\n1,10\n"), size="s", error="e"))
    assert json.loads(json.dumps(one, allow_nan=False))["slope"]["estimate"] is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("params,other\n1,2\n", "no column 'err'.*columns: params, other"),
        ("params,err\n", "no rows"),
        ("params,err\n1,ten\n", "line 2: err is 'ten'"),
        ("params,err\n1,10\n0,10\n", "line 3: params is '0'"),
        ("params,err\n-4,10\n", "line 2: params"),
        ("params,err\n1,101\n", "from 0 to 100"),
        ("params,err\n1,-1\n", "from 0 to 100"),
        ('params,err\n1,"30,5"\n', "decimal point"),
        ("params,err,err\n1,2,3\n", "2 columns are called 'err'"),
        ("params;err\n1;2\n", "commas between the columns"),
        ("params,err\n1,nan\n", "err is 'nan'"),
        ("params,err\ninf,10\n", "params is 'inf'"),
        ("params,err\n1\n", "err is ''"),
        ("", "no column 'params'"),
    ],
)
def test_bad_tables_say_where_and_how_to_mend(tmp_path: Path, text: str, said: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(InputRefused, match=said) as caught:
        read_table(path, size="params", error="err")
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_are_no_table(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="check the path"):
        read_table(tmp_path / "none.csv", size="a", error="b")
    (tmp_path / "bin.csv").write_bytes(b"\xff\xfe\x00a,b\n")
    with pytest.raises(InputRefused, match="UTF-8"):
        read_table(tmp_path / "bin.csv", size="a", error="b")


def test_no_picture_behind_an_error_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match=r"line 2: n is '0.5'.*at least 1"):
        read_table(write(tmp_path, "s,e,n\n1,30,0.5\n"), size="s", error="e", parts="n")


def test_what_was_assumed_of_a_table_stands_in_its_notes(tmp_path: Path) -> None:
    path = write(tmp_path, RESNET)
    usual = law_of_table(path, size="params", error="shifted").notes
    assert any("read as clean parts, tau 0.2 pp" in n for n in usual)
    told = law_of_table(path, size="params", error="shifted", setting=Setting(tau_clean=0.8)).notes
    assert not any("read as clean" in n for n in told)
    fractions = write(tmp_path, "s,e\n1,0.30\n2,0.25\n4,0.22\n")
    assert any("multiply it by 100" in n for n in law_of_table(fractions, size="s", error="e").notes)


def test_a_spreadsheet_byte_order_mark_is_no_part_of_the_column(tmp_path: Path) -> None:
    path = tmp_path / "bom.csv"
    path.write_text("size,err\n1,10\n2,8\n4,7\n", encoding="utf-8-sig")
    assert read_table(path, size="size", error="err").sizes.tolist() == [1, 2, 4]

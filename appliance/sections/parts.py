"""[parts]: where the labelled pictures lie and how their labels are read."""

from typing import Literal

from pydantic import Field

from appliance.sections.base import NameList, Pattern, Section

Layout = Literal["folders", "classes", "mvtec", "csv", "names", "annotations"]


class MaskSection(Section):
    """[parts.masks]: how the defect mask of a part is found."""

    folders: NameList = Field(
        default=(), description="folders that hold masks, by name; pictures in them are not parts"
    )
    pattern: Pattern = Field(
        default="$", description="regular expression on a part's name (no suffix) that `replace` replaces"
    )
    replace: str = Field(default="", description="what turns the part's name into its mask's name")
    defect: Literal["white", "black"] = Field(default="white", description="colour of the defect in a mask")


class BoxSection(Section):
    """[parts.boxes]: how the defect boxes of a part are found."""

    kind: Literal["none", "deeppcb", "labelme"] = Field(
        default="none", description="deeppcb: lines `x1 y1 x2 y2 type` in a .txt; labelme: shapes in a .json; none"
    )
    folders: NameList = Field(
        default=(), description="folders that hold the box files, by name; empty: beside the pictures"
    )
    pattern: Pattern = Field(
        default="$", description="regular expression on a part's name (no suffix) that `replace` replaces"
    )
    replace: str = Field(default="", description="what turns the part's name into its box file's name")


class PartsSection(Section):
    """[parts]: where the labelled pictures lie and how to read their labels."""

    path: str = Field(default="parts", description="folder of the part pictures; relative paths start at this file")
    layout: Layout = Field(default="folders", description="folders, classes, mvtec, csv, names or annotations")
    ok: NameList = Field(
        default=(), description="folders, classes or labels that mean OK (globs); empty: the usual words"
    )
    ng: NameList = Field(
        default=(), description="folders, classes or labels that mean NG (globs); empty: the usual words"
    )
    ok_pattern: Pattern = Field(default="", description='layout "names": a part is OK where this is found in its name')
    ng_pattern: Pattern = Field(default="", description='layout "names": a part is NG where this is found in its name')
    ignore: NameList = Field(
        default=(), description="pictures that are not parts (globs on the path below the parts folder)"
    )
    split: str = Field(default="", description='read this split only; "*": all; empty: all, but of layout "mvtec" test')
    group: Pattern = Field(default="", description="lot or source of a part: first bracket of this pattern on its path")
    table: str = Field(default="", description='layout "csv": the table; relative paths start at the parts folder')
    path_column: str = Field(
        default="path", description='layout "csv": column of the picture, relative to the parts folder'
    )
    label_column: str = Field(default="label", description='layout "csv": column of the label')
    split_column: str = Field(default="", description='layout "csv": column of the split; empty: none')
    group_column: str = Field(default="", description='layout "csv": column of the group; empty: none')
    masks: MaskSection = MaskSection()
    boxes: BoxSection = BoxSection()

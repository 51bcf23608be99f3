"""The plug-in of the tests, installed as pip would."""


def install(folder):
    """Write what an installed plug-in leaves in a folder of packages; give the folder."""
    package = folder / "paging_source-1.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: paging-source\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[kindward.sources]\npaging = paging_source:PagingSource\n")
    return folder

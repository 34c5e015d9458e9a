"""A picture as Markdown, which is what the metadata of a Dagster run can show."""

import base64


def as_markdown(svg: str, alt: str) -> str:
    """One image with the whole SVG in its address. `alt` is the sentence for those who do not see it."""
    data = base64.b64encode(svg.encode()).decode("ascii")
    told = " ".join(alt.split()).replace("[", "(").replace("]", ")").replace("\\", "/")
    return f"![{told}](data:image/svg+xml;base64,{data})"

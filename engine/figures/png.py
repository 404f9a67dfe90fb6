"""A picture as PNG, drawn with Pillow: no browser, no display, the same picture everywhere.

plotly's own way to an image is kaleido, which drives a Chrome; a server that measures models has none. It is drawn
larger than it will be, then made small, which makes its edges smooth.
"""

from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFont

from engine.figures.picture import PAPER, Area, Colour, Disc, Mark, Picture, Point, Stroke, Words

SCALE = 2
"""Pixels of the image to one of the picture."""
FINE = 2
"""How many times larger than the image it is drawn."""
ACROSS = {"start": "l", "middle": "m", "end": "r"}
UNKNOWN = {"−": "-", "×": "x", "≥": "at least ", "≤": "at most ", "µ": "u", "→": "->", "\u2002": " "}
"""Letters that the font has not, and what stands for them."""


def png(picture: Picture) -> bytes:
    """The picture as a PNG of twice its size."""
    large = SCALE * FINE
    sheet = Image.new("RGB", (picture.width * large, picture.height * large), PAPER)
    for mark in picture.marks:
        _draw(sheet, mark, large)
    small = sheet.resize((picture.width * SCALE, picture.height * SCALE), Image.Resampling.BOX)
    file = BytesIO()
    small.save(file, "PNG", optimize=True, dpi=(72 * SCALE, 72 * SCALE))
    return file.getvalue()


def width_of(text: str, size: float) -> float:
    """How wide a text is in the picture's pixels."""
    return float(ImageFont.load_default(size).getlength(_known(text)))


def _draw(sheet: Image.Image, mark: Mark, large: int) -> None:
    if isinstance(mark, Words):
        _words(sheet, mark, large)
    elif isinstance(mark, Stroke):
        pieces = dashes(mark.points, mark.dash) if mark.dash else [mark.points]
        thick, inked = max(1, round(mark.width * large)), _blended(mark.colour, mark.opacity)
        for piece in pieces:
            ImageDraw.Draw(sheet).line([_large(p, large) for p in piece], fill=inked, width=thick, joint="curve")
    elif mark.opacity < 1:
        _through(sheet, mark, large)
    else:
        _solid(ImageDraw.Draw(sheet), mark, large, mark.fill, mark.edge)


def _solid(pen: ImageDraw.ImageDraw, mark: Area | Disc, large: int, fill: Colour | int, edge: Colour | None) -> None:
    thick = max(1, round(mark.width * large))
    if isinstance(mark, Area):
        corners = [_large(p, large) for p in mark.points]
        pen.polygon(corners, fill=fill)
        if edge:
            pen.line([*corners, *corners[:2]], fill=edge, width=thick, joint="curve")
    else:
        (x, y), r = _large(mark.at, large), mark.radius * large
        pen.ellipse((x - r, y - r, x + r, y + r), fill=fill, outline=edge, width=thick if edge else 0)


def _through(sheet: Image.Image, mark: Area | Disc, large: int) -> None:
    """Blended with what is there, so that areas that overlap can be seen through."""
    mask = Image.new("L", sheet.size, 0)
    _solid(ImageDraw.Draw(mask), mark, large, round(255 * mark.opacity), None)
    box = mask.getbbox()
    if box:
        sheet.paste(mark.fill, box, mask.crop(box))


def _words(sheet: Image.Image, mark: Words, large: int) -> None:
    font = ImageFont.load_default(mark.size * large)
    said, anchor = _known(mark.text), ACROSS[mark.anchor] + "m"
    bold = large * 0.22 if mark.bold else 0
    if not mark.turned:
        at = _large(mark.at, large)
        ImageDraw.Draw(sheet).text(at, said, fill=mark.colour, font=font, anchor=anchor, stroke_width=bold)
        return
    length, height = round(font.getlength(said)) + 4, round(mark.size * large * 1.6)
    mask = Image.new("L", (length, height), 0)
    ImageDraw.Draw(mask).text((length / 2, height / 2), said, fill=255, font=font, anchor="mm", stroke_width=bold)
    turned = mask.rotate(90, expand=True)
    x, y = _large(mark.at, large)
    down = {"start": turned.height, "middle": turned.height / 2, "end": 0}[mark.anchor]
    sheet.paste(mark.colour, (round(x - turned.width / 2), round(y - down)), turned)


def _known(text: str) -> str:
    for letter, other in UNKNOWN.items():
        text = text.replace(letter, other)
    return text


def _blended(colour: Colour, opacity: float) -> Colour:
    """A colour on white: strokes that can be seen through are rare and cross little."""
    red, green, blue = (round(c * opacity + p * (1 - opacity)) for c, p in zip(colour, PAPER, strict=True))
    return red, green, blue


def _large(point: Point, large: int) -> Point:
    return point[0] * large, point[1] * large


def dashes(points: Sequence[Point], length: float) -> list[list[Point]]:
    """Pieces of a line, `length` pixels each with as much between them."""
    pieces: list[list[Point]] = []
    gone = 0.0
    for (x0, y0), (x1, y1) in pairwise(points):
        whole = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        while gone < whole:
            a, b = gone / whole, min(1.0, (gone + length) / whole)
            pieces.append([(x0 + (x1 - x0) * s, y0 + (y1 - y0) * s) for s in (a, b)])
            gone += 2 * length
        gone -= whole
    return pieces

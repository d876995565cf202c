"""Pixels arrive as they were stored: depth, channels, order."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from appliance.errors import InputRefused
from appliance.parts.decode import MAX_PIXELS, check, decode, read_header
from appliance.parts.header import Header
from tests.parts.pictures import GREY, chunk, encode, pixels, png, save, tiff

LOSSLESS = [(".png", 8), (".png", 16), (".tif", 8), (".tif", 16), (".bmp", 8), (".webp", 8)]


@pytest.mark.parametrize(("suffix", "bits"), LOSSLESS)
@pytest.mark.parametrize("channels", [1, 3])
def test_pixels_are_native(tmp_path: Path, suffix: str, bits: int, channels: int) -> None:
    picture = pixels(channels=channels, bits=bits)
    decoded = decode(save(tmp_path / f"part{suffix}", picture))
    if suffix == ".webp" and channels == 1:  # WebP has no grey
        picture = np.repeat(picture[..., None], 3, axis=2)
    assert decoded.bits == bits
    assert decoded.pixels.dtype == picture.dtype
    assert decoded.pixels.flags.c_contiguous
    np.testing.assert_array_equal(decoded.pixels, picture)


@pytest.mark.parametrize("channels", [1, 3])
def test_jpeg_is_near_and_of_its_shape(tmp_path: Path, channels: int) -> None:
    smooth = cv2.GaussianBlur(pixels(channels=channels), (0, 0), 6)
    decoded = decode(save(tmp_path / "part.JPG", smooth)).pixels
    assert decoded.shape == smooth.shape
    assert np.abs(decoded.astype(int) - smooth).mean() < 4


def test_12_bit_in_16_bit_files(tmp_path: Path) -> None:
    path = save(tmp_path / "part.png", pixels(bits=12))
    assert decode(path, bits=12).bits == 12
    assert decode(path).bits == 16
    with pytest.raises(InputRefused, match="brighter than 10 bit"):
        decode(path, bits=10)


def test_8_bit_where_the_site_has_12(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="8 bit where the site has 12 bit"):
        decode(save(tmp_path / "part.png"), bits=12)


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_an_opaque_alpha_channel_is_dropped(tmp_path: Path, suffix: str) -> None:
    picture = pixels(channels=3)
    opaque = np.dstack([picture[..., ::-1], np.full(picture.shape[:2], 255, np.uint8)])
    options = [cv2.IMWRITE_WEBP_QUALITY, 101] if suffix == ".webp" else []
    (tmp_path / f"part{suffix}").write_bytes(cv2.imencode(suffix, opaque, options)[1])
    np.testing.assert_array_equal(decode(tmp_path / f"part{suffix}").pixels, picture)


def test_grey_with_alpha_stays_grey(tmp_path: Path) -> None:
    rows = b"\0" + bytes([10, 255, 20, 255]) + b"\0" + bytes([30, 255, 40, 255])
    (tmp_path / "part.png").write_bytes(png(2, 2, 8, 4, rows))
    np.testing.assert_array_equal(decode(tmp_path / "part.png").pixels, [[10, 20], [30, 40]])


def test_a_palette_becomes_its_colours(tmp_path: Path) -> None:
    palette = chunk(b"PLTE", bytes([1, 2, 3, 200, 100, 50]))
    (tmp_path / "part.png").write_bytes(png(2, 1, 8, 3, b"\0\0\1", palette))
    np.testing.assert_array_equal(decode(tmp_path / "part.png").pixels, [[[1, 2, 3], [200, 100, 50]]])


def test_one_bit_png_is_black_and_white(tmp_path: Path) -> None:
    (tmp_path / "part.png").write_bytes(png(8, 1, 1, 0, b"\0\xf0"))
    np.testing.assert_array_equal(decode(tmp_path / "part.png").pixels, [[255] * 4 + [0] * 4])


def test_exif_orientation_is_ignored(tmp_path: Path) -> None:
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    data = encode(pixels(), ".jpg")
    turned = data[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + data[2:]
    (tmp_path / "part.jpg").write_bytes(turned)
    assert decode(tmp_path / "part.jpg").pixels.shape == (24, 32, 3)


def test_white_is_zero_tiff_is_turned_or_refused(tmp_path: Path) -> None:
    body = bytes(range(16))
    (tmp_path / "part.tif").write_bytes(tiff({**GREY, 262: (3, 0)}, body))
    decoded = decode(tmp_path / "part.tif").pixels
    np.testing.assert_array_equal(decoded.ravel(), 255 - np.arange(16))


@pytest.mark.parametrize(("suffix", "bits"), [*LOSSLESS, (".jpg", 8)])
def test_headers_tell_the_size(suffix: str, bits: int) -> None:
    header = check(encode(pixels(height=7, width=13, bits=bits), suffix), suffix)
    assert header == Header(13, 7, 3, bits, alpha=False)


def colour_table(shift: int) -> bytes:
    """An 8-bit BMP with a palette that is grey where `shift` is 0."""
    data = bytearray(encode(pixels(channels=1), ".bmp"))
    data[54:1078] = b"".join(bytes([n, n, (n + shift) % 256, 0]) for n in range(256))
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "suffix", "channels"),
    [
        (png(2, 1, 8, 4, b"\0" + b"\1\xff" * 2), ".png", 1),
        (png(2, 1, 8, 6, b"\0" + b"\1\2\3\xff" * 2), ".png", 3),
        (colour_table(0), ".bmp", 1),
        (colour_table(7), ".bmp", 3),
    ],
)
def test_headers_tell_the_channels_that_decode(tmp_path: Path, data: bytes, suffix: str, channels: int) -> None:
    path = tmp_path / f"part{suffix}"
    path.write_bytes(data)
    decoded = decode(path).pixels
    assert read_header(path).channels == channels == (1 if decoded.ndim == 2 else decoded.shape[2])


def test_a_big_tiff_is_read(tmp_path: Path) -> None:
    picture = pixels(height=32, width=32, channels=1)
    tags = {256: 32, 257: 32, 258: 8, 259: 1, 262: 1, 273: 16 + 8 + 20 * 8 + 8, 277: 1, 279: 1024}
    entries = b"".join(
        tag.to_bytes(2, "little") + (16).to_bytes(2, "little") + (1).to_bytes(8, "little") + value.to_bytes(8, "little")
        for tag, value in tags.items()
    )
    head = b"II+\0\x08\0\0\0" + (16).to_bytes(8, "little") + (8).to_bytes(8, "little")
    (tmp_path / "part.tif").write_bytes(head + entries + bytes(8) + picture.tobytes())
    np.testing.assert_array_equal(decode(tmp_path / "part.tif").pixels, picture)


def test_the_limit_reaches_opencv_before_its_import() -> None:
    code = (
        "import appliance.parts.decode, os, sys; assert 'cv2' not in sys.modules;"
        "print(os.environ['OPENCV_IO_MAX_IMAGE_PIXELS'])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(shown) == MAX_PIXELS

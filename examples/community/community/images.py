"""Pictures that have arrived: a thumbnail of each. One that cannot be read goes to the dead letters with the reason."""

import os
from collections.abc import Iterator
from io import BytesIO

from PIL import Image, UnidentifiedImageError
from stratolite_patterns.pipeline import Output, Pipeline, Poison, StoredObject

from community import happened, uploads
from community.observed import observed

SIDE = 256
PIXELS_MAX = 50_000_000
Image.MAX_IMAGE_PIXELS = PIXELS_MAX

pipeline = Pipeline(uploads.progress(), dead_letter=os.environ["IMAGES_FAILED"])


@pipeline.step("thumbnail", prefix="in/images/", output="out/thumbnails/")
def thumbnail(stored: StoredObject) -> Iterator[Output]:
    """A small copy, as JPEG, without what the camera wrote into it."""
    upload = uploads.arrived(stored.ref)
    try:
        with stored.downloaded() as file, Image.open(file) as picture:
            width, height = picture.size
            picture.thumbnail((SIDE, SIDE))
            small = BytesIO()
            picture.convert("RGB").save(small, "JPEG", quality=85)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError) as error:
        raise Poison(f"no picture that can be read: {error}") from error
    yield Output(f"{upload.id}.jpg", small.getvalue(), "image/jpeg")
    happened.publisher().publish(happened.upload_finished(upload, {"width": width, "height": height}))


handler = observed(pipeline)

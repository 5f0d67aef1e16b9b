try:
    import unzip_requirements
except ImportError:
    unzip_requirements = None


def handler(event, context):
    return {"unzipped": unzip_requirements is not None}

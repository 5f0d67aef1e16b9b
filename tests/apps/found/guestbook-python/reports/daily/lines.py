def of(event):
    return ['{}: {}'.format(key, value) for key, value in sorted(event.items())]

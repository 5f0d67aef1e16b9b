def receipt(what, amount):
    return {"what": what, "amount": amount}

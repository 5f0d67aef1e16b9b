"""Tokens: every way in which a check is usually left out (RFC 8725), and what is said."""

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

jwk = pytest.importorskip("joserfc.jwk")
from joserfc import jwt  # noqa: E402

from stratolite_patterns.authorizer import (  # noqa: E402
    Login,
    LoginFailed,
    Signer,
    SigningKey,
    StaticKeys,
    TokenRefused,
    UnsafeKey,
    Verifier,
    check_password,
    hash_password,
    key_of,
)

NOW = 1_800_000_000.0
SECRET = "s" * 32
RSA = jwk.RSAKey.generate_key(2048)
OTHER = jwk.RSAKey.generate_key(2048)
EC = jwk.ECKey.generate_key("P-256")
PRIVATE, PUBLIC = RSA.as_pem(private=True), RSA.as_pem(private=False)
GOOD: dict[str, Any] = {"iss": "https://me", "aud": "api", "sub": "ada", "exp": NOW + 60}


def verifier(algorithm: str = "RS256", **options: Any) -> Verifier:
    material = {"RS256": PUBLIC, "HS256": SECRET, "ES256": EC.as_pem(private=False)}[algorithm]
    keys = StaticKeys(key_of(material, algorithm, kid="1"))
    given: dict[str, Any] = {
        "issuer": "https://me",
        "audience": "api",
        "algorithms": (algorithm,),
        "now": lambda: NOW,
    } | options
    return Verifier(keys, **given)


def part(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def signed(
    claims: Any = None, *, header: dict[str, Any] | None = None, key: Any = RSA, algorithm: str = "RS256"
) -> str:
    return str(jwt.encode({"alg": algorithm, "kid": "1"} | (header or {}), GOOD | (claims or {}), key, [algorithm]))


def without(name: str) -> str:
    claims = {key: value for key, value in GOOD.items() if key != name}
    return str(jwt.encode({"alg": "RS256", "kid": "1"}, claims, RSA))


def reason(token: Any, checking: Verifier | None = None) -> str:
    with pytest.raises(TokenRefused) as raised:
        (checking or verifier()).verify(token)
    return raised.value.reason


@pytest.mark.parametrize("algorithm", ["RS256", "HS256", "ES256"])
def test_a_good_token_of_each_kind(algorithm: str) -> None:
    key = {"RS256": RSA, "HS256": jwk.OctKey.import_key(SECRET), "ES256": EC}[algorithm]
    assert verifier(algorithm).verify(signed(key=key, algorithm=algorithm)) == GOOD


def test_tampering_is_found() -> None:
    head, payload, signature = signed().split(".")
    admin = part(GOOD | {"roles": ["admin"]})
    assert reason(f"{head}.{admin}.{signature}") == "signature"
    assert reason(f"{head}.{payload}.{signature[:-4]}AAAA") == "signature"
    assert reason(f"{head}.{payload}.") == "signature"
    assert reason(signed(key=OTHER)) == "signature"


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", ""])
def test_a_token_that_asks_for_no_algorithm_is_refused(name: str) -> None:
    assert reason(f"{part({'alg': name, 'kid': '1'})}.{part(GOOD)}.") == "algorithm"


def test_a_public_key_is_no_secret() -> None:
    import hmac

    head = part({"alg": "HS256", "kid": "1"})
    made = hmac.digest(PUBLIC, f"{head}.{part(GOOD)}".encode(), "sha256")
    forged = f"{head}.{part(GOOD)}.{urlsafe_b64encode(made).rstrip(b'=').decode()}"
    assert reason(forged) == "algorithm"
    with pytest.raises(UnsafeKey, match="PEM is no secret"):
        key_of(PUBLIC, "HS256")
    with pytest.raises(ValueError, match="all of one kind"):
        verifier(algorithms=("RS256", "HS256"))


def test_another_algorithm_of_the_same_key_is_refused() -> None:
    assert reason(signed(algorithm="RS512", header={"alg": "RS512"})) == "algorithm"
    assert reason(signed(), verifier("RS256", algorithms=("RS512",))) == "algorithm"


def test_an_unknown_key_is_refused() -> None:
    assert reason(signed(header={"kid": "2"})) == "key"
    assert verifier().verify(str(jwt.encode({"alg": "RS256"}, GOOD, RSA))) == GOOD


def test_keys_that_the_token_brings_along_are_not_looked_at() -> None:
    header = {"kid": "9", "jwk": OTHER.as_dict(private=False)}
    head = part({"alg": "RS256"} | header)
    assert reason(f"{head}.{part(GOOD)}.AAAA") == "key"


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"exp": NOW - 31}, "expired"),
        ({"exp": NOW - 30}, "expired"),
        ({"nbf": NOW + 31}, "early"),
        ({"iat": NOW + 31}, "early"),
        ({"iss": "https://other"}, "issuer"),
        ({"iss": "https://me/"}, "issuer"),
        ({"aud": "other"}, "audience"),
        ({"aud": ["other", 5]}, "audience"),
        ({"aud": {"api": 1}}, "audience"),
        ({"sub": ""}, "claim"),
        ({"sub": 5}, "claim"),
        ({"exp": str(NOW + 60)}, "claim"),
        ({"exp": True}, "claim"),
        ({"exp": None}, "claim"),
        ({"nbf": "soon"}, "claim"),
    ],
)
def test_claims_that_are_wrong(claims: dict[str, Any], expected: str) -> None:
    assert reason(signed(claims)) == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("exp", "claim"), ("iss", "issuer"), ("aud", "audience"), ("sub", "claim")]
)
def test_claims_that_are_missing(name: str, expected: str) -> None:
    assert reason(without(name)) == expected


def test_claims_within_the_leeway_pass() -> None:
    assert verifier().verify(signed({"exp": NOW - 29, "nbf": NOW + 29, "iat": NOW + 29, "aud": ["x", "api"]}))
    assert reason(signed({"exp": NOW}), verifier(leeway_s=0)) == "expired"


@pytest.mark.parametrize("never", ["NaN", "Infinity", "1e400"])
def test_a_time_that_never_comes_is_none(never: str) -> None:
    payload = json.dumps(GOOD | {"exp": 0}).replace('"exp": 0', f'"exp": {never}')
    from joserfc import jws

    token = jws.serialize_compact({"alg": "RS256", "kid": "1"}, payload, RSA)
    assert reason(token) in ("malformed", "claim")


def test_oversize_and_malformed_tokens() -> None:
    assert reason("a" * 8193) == "oversize"
    assert reason(None) == "oversize"
    assert reason("ä.b.c") == "oversize"
    for token in ("", ".", "..", "a.b.c", "e30.e30.e30", f"{part([])}.e30.", f"{part({'alg': 5})}.e30."):
        assert reason(token) in ("malformed", "algorithm")
    assert reason(f"{part('[' * 5000)}.e30.") == "malformed"
    assert reason(signed({"pad": "x" * 7000}), verifier(bytes_max=4096)) == "oversize"


def test_extensions_that_are_not_understood_are_refused() -> None:
    head = part({"alg": "RS256", "kid": "1", "crit": ["exp"], "exp": 1})
    assert reason(f"{head}.{part(GOOD)}.AAAA") == "malformed"
    assert reason(f"{part({'alg': 'RS256', 'b64': False})}.{part(GOOD)}.AAAA") == "malformed"


@given(st.text(max_size=300) | st.binary(max_size=200).map(lambda raw: raw.hex()) | st.just(signed()))
def test_whatever_comes_is_a_token_or_is_refused(text: str) -> None:
    try:
        assert verifier().verify(text) == GOOD
    except TokenRefused:
        assert text != signed()


def test_claims_with_one_right_value_and_audiences_of_cognito() -> None:
    checking = verifier(equal={"token_use": "access"}, audience_claim="client_id")
    assert checking.verify(signed({"token_use": "access", "client_id": "api"}))
    assert reason(signed({"token_use": "id", "client_id": "api"}), checking) == "claim"
    assert reason(signed({"token_use": "access"}), checking) == "audience"


def test_weak_keys_are_refused() -> None:
    with pytest.raises(UnsafeKey, match="32 bytes"):
        key_of("secret", "HS256")
    with pytest.raises(UnsafeKey, match="P-384"):
        key_of(EC.as_pem(private=False), "ES384")
    with pytest.raises(UnsafeKey, match="kind RSA"):
        key_of(EC.as_pem(private=False), "RS256")
    with pytest.raises(UnsafeKey, match="is none of"):
        key_of("x", "none")
    with pytest.raises(UnsafeKey, match="private key"):
        SigningKey("1", "RS256", PUBLIC)


def test_a_verifier_of_anybody_is_none() -> None:
    with pytest.raises(ValueError, match="issuer and audience"):
        verifier(issuer="")
    with pytest.raises(ValueError, match="issuer and audience"):
        verifier(audience=[])
    with pytest.raises(ValueError, match="algorithms"):
        verifier(algorithms=("none",))


def test_rotation_by_kid() -> None:
    old = SigningKey("2025", "HS256", SECRET)
    new = SigningKey("2026", "HS256", "n" * 32)
    options: dict[str, Any] = {"issuer": "https://me", "audience": "api", "now": lambda: NOW}
    before = Signer(old, **options).sign("ada", roles=["admin"], email="a@b")
    rotated = Signer(new, old, **options)
    after = rotated.sign("ada")
    claims = rotated.verifier().verify(before)
    assert (claims["roles"], claims["email"], claims["exp"]) == (["admin"], "a@b", NOW + 3600)
    assert json.loads(urlsafe_b64decode(after.split(".")[0] + "=="))["kid"] == "2026"
    assert reason(before, Signer(new, **options).verifier()) == "key"
    assert rotated.jwks() == {"keys": []}
    with pytest.raises(ValueError, match="exp: set by the signer"):
        rotated.sign("ada", exp=1)
    # One text would be a role for each letter.
    for wrong in ({"subject": "ada", "roles": "admin"}, {"subject": 5}):
        with pytest.raises(TypeError, match=r"roles=\['admin'\]"):
            rotated.sign(**wrong)
    assert SECRET not in repr(old)


def test_the_published_document_has_public_keys_alone() -> None:
    signer = Signer(SigningKey("1", "RS256", PRIVATE), issuer="https://me", audience="api")
    (shown,) = signer.jwks()["keys"]
    assert set(shown) == {"kty", "n", "e", "kid", "alg", "use"}
    assert signer.verifier().verify(signer.sign("ada"))["sub"] == "ada"


def test_logins_tell_nobody_which_names_there_are() -> None:
    signer = Signer(SigningKey("1", "HS256", SECRET), issuer="https://me", audience="api")
    people = {"ada": (hash_password("lovelace"), ["reader"])}
    login = Login(signer, people.get)
    assert signer.verifier().verify(login("ada", "lovelace"))["roles"] == ["reader"]
    failures = []
    for name, password in (("ada", "wrong"), ("eve", "lovelace"), ("ada", ""), ("ada", "x" * 2000)):
        began_s = time.thread_time()
        with pytest.raises(LoginFailed) as raised:
            login(name, password)
        failures.append((str(raised.value), time.thread_time() - began_s))
    assert len({text for text, _ in failures}) == 1
    # The wrong password and the unknown name both cost one hash.
    assert failures[1][1] > failures[0][1] / 5


def test_stored_hashes() -> None:
    stored = hash_password("secret")
    assert check_password("secret", stored)
    assert not check_password("Secret", stored)
    assert stored != hash_password("secret")
    for broken in ("", "secret", "md5$1$1$1$a$b", "scrypt$x$8$1$a$b"):
        assert not check_password("secret", broken)

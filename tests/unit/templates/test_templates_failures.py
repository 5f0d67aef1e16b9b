"""Why package managers fail: what npm 6, 7 and 11, pnpm 9, yarn 1 and 4, and bun said, shortened."""

import pytest

from stratolite.templates.dependencies.failures import Failure, Reason, failure

NPM = ("npm", "ci")
PNPM = ("pnpm", "install")


@pytest.mark.parametrize(
    ("command", "said", "expected"),
    [
        (NPM, "npm error code ERESOLVE\nnpm error ERESOLVE unable to resolve", Failure(Reason.PEERS)),
        (NPM, "npm ERR! code ERESOLVE\nnpm ERR! ERESOLVE could not resolve", Failure(Reason.PEERS)),
        (NPM, "npm error code EUSAGE\nnpm error `npm ci` can only install", Failure(Reason.APART)),
        (NPM, "npm ERR! cipm can only install packages when ... are in sync.", Failure(Reason.APART)),
        (
            NPM,
            "npm error code 127\nnpm error path /a/node_modules/@b/c\nnpm error command failed",
            Failure(Reason.SCRIPT, "/a/node_modules/@b/c"),
        ),
        (NPM, "npm ERR! code ELIFECYCLE\nnpm ERR! errno 1\nnpm ERR! a@1.0.0 install", Failure(Reason.SCRIPT)),
        (NPM, "npm error code ENOENT\nnpm error path /a/package.json", Failure(Reason.OTHER)),
        (NPM, "npm error code 128\nnpm error An unknown git error occurred", Failure(Reason.OTHER)),
        # What a package prints is none of npm's own.
        (NPM, "npm error code E404\nthe code ERESOLVE is no sign", Failure(Reason.OTHER)),
        (("npx", "--yes", "pnpm@9", "install"), "npm error 404 Not Found - GET pnpm", Failure(Reason.UNAVAILABLE)),
        (PNPM, "ERR_PNPM_LOCKFILE_BREAKING_CHANGE  Lockfile is not compatible", Failure(Reason.VERSION)),
        (PNPM, 'ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with "frozen-lockfile"', Failure(Reason.APART)),
        (PNPM, " ELIFECYCLE  Command failed with exit code 1.", Failure(Reason.SCRIPT)),
        (("node", "yarn.cjs"), "YN0028: The lockfile would have been modified", Failure(Reason.APART)),
        (("yarn", "install"), "error /a/node_modules/b: Command failed.", Failure(Reason.SCRIPT)),
        (("bun", "install"), "error: lockfile had changes, but lockfile is frozen", Failure(Reason.APART)),
        (("bun", "install"), "", Failure(Reason.OTHER)),
    ],
)
def test_what_stands_in_the_way(command: tuple[str, ...], said: str, expected: Failure) -> None:
    assert failure(command, said) == expected


def test_whose_script_it_was() -> None:
    assert Failure(Reason.SCRIPT, "/a/node_modules/@b/c").name == "@b/c"
    assert Failure(Reason.SCRIPT).name == "a package"

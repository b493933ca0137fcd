"""Commands run in this process, as `python -m db` would run them."""

from click.testing import CliRunner, Result

from db.__main__ import record


def run(*arguments: str) -> Result:
    return CliRunner().invoke(record, arguments, prog_name="python -m db", catch_exceptions=False)


def done(*arguments: str) -> str:
    """What a command that must succeed prints."""
    result = run(*arguments)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def refusal(*arguments: str) -> str:
    """The words of a command that must be refused: exit 1, nothing on stdout, one line on stderr."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith("\n")
    assert result.stderr.count("\n") == 1
    return result.stderr


def misuse(*arguments: str) -> str:
    """What is said of a command that was typed wrongly: exit 2, nothing on stdout."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    return result.stderr

"""The program: commands loaded when they are asked for, errors as one line with the contract's exit status."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import click
import typer

from layerscope.cli.exits import EXIT_DONE, EXIT_FAULT, EXIT_INPUT, EXIT_INTERRUPTED
from layerscope.cli.group import LazyGroup
from layerscope.errors import InputError, printable
from layerscope.version import __version__

app = typer.Typer(
    name="layerscope",
    cls=LazyGroup,
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"layerscope {__version__}")
        raise typer.Exit


@app.callback()
def layerscope(
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
    _debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of a fault.")] = False,
) -> None:
    """Tells which Docker build steps a change re-runs, why, and what every layer costs. Nothing is built.

    \b
    Examples:
      layerscope demo                                     the whole story on shipped input
      layerscope simulate . --change app.rb               what would changing app.rb re-run?
      layerscope simulate . --since main                  what does this branch re-run?
      layerscope image docker-archive:app.tar             what does each instruction cost?
      layerscope compare before/ after/ --html out.html   what does a refactor save?
    """


def run(arguments: list[str]) -> int:
    """The exit status of one command line; answers go to standard output, everything else to standard error."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    own, rest = arguments[:end], arguments[end:]
    debug = "--debug" in own
    # `--fail-on-rebuild` alone means any step; a value is given with `=` only, never as the next word.
    own = ["--fail-on-rebuild=*" if word == "--fail-on-rebuild" else word for word in own if word != "--debug"]
    return _run([*own, *rest], debug)


def _run(arguments: list[str], debug: bool) -> int:
    try:
        status = typer.main.get_command(app).main(args=arguments, prog_name="layerscope", standalone_mode=False)
        return status if isinstance(status, int) else EXIT_DONE
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else error.format_message())
        return EXIT_INPUT
    except click.ClickException as error:
        return _say(_usage_line(error), EXIT_INPUT)
    except InputError as error:
        return _say(str(error), EXIT_INPUT)
    except (KeyboardInterrupt, click.Abort):
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader has what it wanted; what is still buffered must not fail again at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_DONE
    except RecursionError:
        return _say("the input is nested too deeply", EXIT_INPUT)
    except Exception as error:
        if debug:
            raise
        return _say(
            f"internal error: {type(error).__name__}: {error} (please report it with the output of --debug)", EXIT_FAULT
        )


def _usage_line(error: click.ClickException) -> str:
    message = " ".join(error.format_message().split())
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{message} (see {error.ctx.command_path} --help)"
    return message


def _say(message: str, status: int) -> int:
    print(f"layerscope: {printable(message)}", file=sys.stderr)  # noqa: T201
    return status

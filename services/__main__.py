"""`python -m services …` is `./dex …`: it makes the environment first where there is none."""

from services import launcher


def main() -> None:
    """Run the command line, in the checkout's environment when this one lacks its packages."""
    if launcher.has_packages():
        from services.cli.app import main as run

        run()
    else:
        launcher.main()


if __name__ == "__main__":
    main()

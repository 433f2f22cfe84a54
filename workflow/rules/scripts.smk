from pathlib import Path

from foldwork.study.module_names import check_module_names
from foldwork.workflow.served_scripts import serve_scripts, start_server

if workflow.is_main_process:
    or_one_line(check_module_names, Path.cwd())
    # Start the process that scripts are forked from first of all: its imports go on while the rules are read. A workflow that has all of its
    # jobs on a cluster needs none.
    if workflow.resource_settings.nodes is None:
        or_one_line(start_server)
        serve_scripts(f"{getattr(workflow.current_basedir, 'path', '')}/../scripts")

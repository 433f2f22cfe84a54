# Start the process that scripts are forked from first of all: its imports go on while the rules are read.
from foldwork.workflow.served_scripts import serve_scripts, start_server

# Not in a job on a cluster, which has one script, nor for a workflow that has all of its jobs on a cluster.
if workflow.is_main_process and workflow.resource_settings.nodes is None:
    or_one_line(start_server)
    serve_scripts(f"{getattr(workflow.current_basedir, 'path', '')}/../scripts")

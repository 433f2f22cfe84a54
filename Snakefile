# An included file cannot set the default target, so this Snakefile has a target rule of its own.
include: "workflow/Snakefile"


rule main:
    default_target: True
    input:
        rules.all.input,

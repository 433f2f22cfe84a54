rule load_dataset:
    input:
        files=get_dataset_files,
    output:
        folder=directory("results/datasets/{dataset}"),
    log:
        "logs/load_dataset/{dataset}.log",
    localrule: is_local("load_dataset")
    params:
        spec=text_of(get_dataset),
        code=code_of(get_dataset),
        content=get_dataset_content,
    script:
        "../scripts/load_dataset.py"


rule persist_splits:
    input:
        dataset=get_split_dataset,
    output:
        folder=directory("results/splits/{splits}"),
    log:
        "logs/persist_splits/{splits}.log",
    localrule: is_local("persist_splits")
    params:
        spec=text_of(get_splits),
        source=text_of(get_split_source),
        code=code_of(get_splits),
    script:
        "../scripts/persist_splits.py"

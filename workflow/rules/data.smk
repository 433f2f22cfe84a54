rule load_dataset:
    input:
        file=get_dataset_file,
    output:
        folder=directory("results/datasets/{dataset}"),
    log:
        "logs/load_dataset/{dataset}.log",
    params:
        spec=get_dataset,
        code=code_of(get_dataset),
        clusterings=get_clusterings_of,
    script:
        "../scripts/load_dataset.py"


rule persist_splits:
    input:
        dataset=get_split_dataset,
    output:
        folder=directory("results/splits/{splits}"),
    log:
        "logs/persist_splits/{splits}.log",
    params:
        spec=get_splits,
        code=code_of(get_splits),
    script:
        "../scripts/persist_splits.py"

"""The parameter of a model that is the number of clusters."""

from typing import Any

from foldwork.study.pipeline_steps import unfold

N_CLUSTERS = "n_clusters"


def n_clusters_parameter(estimator: Any) -> str:
    """Return the name of the parameter of a model that is the number of clusters, whether it has one or not.

    Parameters
    ----------
    estimator : dict or list
        Estimator of the model, as in the config. The last step of a pipeline clusters the points; an earlier one may cluster features.

    Examples
    --------
    >>> n_clusters_parameter([{"scale": None}, {"means": {"class": "sklearn.cluster.KMeans"}}])
    'means__n_clusters'
    """
    step, _ = unfold(estimator)[-1]
    return f"{step}__{N_CLUSTERS}" if step else N_CLUSTERS

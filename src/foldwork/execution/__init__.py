"""The client side of an evaluate job: plan bundles, submit them to the engines, record the results."""

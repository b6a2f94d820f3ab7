// Tests count native fonts that are alive, so they run one after the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

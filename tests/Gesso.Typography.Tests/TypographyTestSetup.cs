using Xunit.Sdk;
using Xunit.v3;

// Tests count native fonts that are alive, so they run one after the other.
[assembly: Parallelization(Mode = ParallelMode.None)]

using Gesso.Testing;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(TorchFixture))]
[assembly: Parallelization(Mode = ParallelMode.None)]

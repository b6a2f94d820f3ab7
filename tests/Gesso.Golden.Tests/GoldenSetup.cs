using Gesso.Testing;

[assembly: AssemblyFixture(typeof(TorchFixture))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

using Gesso.Torch.Native;
using TorchSharp;

namespace Gesso.Torch.Tests.Native;

public sealed class LibTorchTests
{
    [Fact]
    public void Load_computes_the_reference_draws_of_seed_42()
    {
        LibTorch.Load();
        using DisposeScope scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(42);

        float[] draws = torch.randn(4, torch.float32, generator: generator).data<float>().ToArray();

        // torch.manual_seed(42); torch.randn(4) of PyTorch
        Assert.Equal([0.3367f, 0.1288f, 0.2345f, 0.2303f], draws.Select(x => MathF.Round(x, 4)));
    }
}

using Gesso.Formats;
using Gesso.Models.Flux;
using Gesso.Testing;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Golden.Tests;

/// <summary>One transformer call on every container: weights expanded at load, and decoded at each use.</summary>
public sealed class VelocityTests
{
    public static TheoryData<GoldenCase> Cases => Coverage.Cases("velocity");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Velocity_equals_the_reference(GoldenCase golden) => Compare(golden, LinearStorage.Expanded);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Velocity_equals_the_reference_when_decoded_on_use(GoldenCase golden) => Compare(golden, LinearStorage.Compact);

    private static void Compare(GoldenCase golden, LinearStorage storage)
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        using var reference = new ReferenceTensors(golden.TensorsPath);
        var source = GoldenModel.Source(golden);
        using var file = TensorFiles.Open(source.Path);
        var flux = FluxDetection.Find(file, source.Axes);
        Assert.NotNull(flux);
        using var loaded = CheckpointWeights.Load(flux.Source, flux.Map, LoadOptions.Cpu with { Storage = storage }, "FLUX.1 transformer", w => new FluxTransformer(flux.Config, w));
        var transformer = loaded.Network;
        var velocity = transformer.Forward(
            reference.Get("call.0.x"), reference.Get("encoder_hidden_states"), reference.Get("pooled_projections"), reference.Get("call.0.t"),
            reference.Contains("guidance") ? reference.Get("guidance") : null, transformer.Rotary(reference.Get("txt_ids"), reference.Get("img_ids")));
        Assert.Null(TensorComparison.Difference("v", velocity, reference.Get("v"), golden.Tolerance("tensor")));
    }
}

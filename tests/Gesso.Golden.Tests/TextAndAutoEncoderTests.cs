using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Diffusion.Latents;
using Gesso.Engine.Library;
using Gesso.Testing;
using Gesso.Torch.Tensors;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Golden.Tests;

public sealed class TextAndAutoEncoderTests
{
    public static TheoryData<GoldenCase> TextCases => Coverage.Cases("text");

    public static TheoryData<GoldenCase> VaeCases => Coverage.Cases("vae");

    [Theory]
    [MemberData(nameof(TextCases))]
    public void Encoders_equal_the_reference(GoldenCase golden)
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        using var reference = new ReferenceTensors(golden.TensorsPath);
        using var opened = new ModelLoader(ComputeTarget.Cpu, _ => LinearStorage.Expanded).Open(GoldenModel.Source(golden));
        var model = opened.Model;
        int[] clipIds = model.ClipTokenizer.EncodePadded(golden.Text("text")!);
        int[] t5Ids = model.T5Tokenizer.EncodePadded(golden.Text("text")!, (int)golden.Number("max_sequence_length")!);
        Assert.Equal(reference.Integers("clip.ids"), clipIds.Select(i => (long)i));
        Assert.Equal(reference.Integers("t5.ids"), t5Ids.Select(i => (long)i));

        var (states, pooled) = model.Clip.Use().Forward(clipIds, model.ClipTokenizer.EosId);
        var t5 = model.T5.Use().Forward(t5Ids);
        double tolerance = golden.Tolerance("tensor");
        Assert.Null(TensorComparison.Difference("clip.last_hidden_state", states, reference.Get("clip.last_hidden_state"), tolerance));
        Assert.Null(TensorComparison.Difference("clip.pooled", pooled, reference.Get("clip.pooled"), tolerance));
        Assert.Null(TensorComparison.Difference("t5.last_hidden_state", t5, reference.Get("t5.last_hidden_state"), tolerance));
    }

    [Theory]
    [MemberData(nameof(VaeCases))]
    public void Autoencoder_equals_the_reference(GoldenCase golden)
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        using var reference = new ReferenceTensors(golden.TensorsPath);
        using var opened = new ModelLoader(ComputeTarget.Cpu, _ => LinearStorage.Expanded).Open(GoldenModel.Source(golden));
        var autoEncoder = opened.Model.AutoEncoder.Use();
        var (mean, deviation) = autoEncoder.Encode(Pixels.ToTensor(ImageFiles.Read(golden.File(golden.Text("input_image")!))));
        using var noise = new NoiseSource(new Seed(golden.Json.GetProperty("sample_seed").GetInt64()), ParityMode.Diffusers);
        double tolerance = golden.Tolerance("tensor");
        Assert.Null(TensorComparison.Difference("mean", mean, reference.Get("mean"), tolerance));
        Assert.Null(TensorComparison.Difference("std", deviation, reference.Get("std"), tolerance));
        Assert.Null(TensorComparison.Difference("sample", mean + deviation * noise.Draw(mean.shape), reference.Get("sample"), tolerance));
        Assert.Null(TensorComparison.Difference("decoded", autoEncoder.Decode(mean), reference.Get("decoded"), tolerance));
    }
}

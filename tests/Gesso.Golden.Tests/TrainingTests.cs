using System.Globalization;
using System.Text.RegularExpressions;
using Gesso.Engine.Library;
using Gesso.Models.Flux;
using Gesso.Testing;
using Gesso.Torch.Tensors;
using Gesso.Torch.Weights;
using Gesso.Training.Adapters;
using Gesso.Training.Losses;
using Gesso.Training.Optimizers;
using Gesso.Training.Steps;
using static TorchSharp.torch;

namespace Gesso.Golden.Tests;

/// <summary>Some steps of a reference trainer: every loss and gradient norm, all gradients of the second step, the adapter at the end.</summary>
public sealed partial class TrainingTests
{
    public static TheoryData<GoldenCase> Cases => Coverage.Cases("training");

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Training_equals_the_reference(GoldenCase golden) => Compare(golden, LinearStorage.Expanded, checkpointing: false);

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Training_equals_the_reference_when_blocks_are_computed_again(GoldenCase golden) => Compare(golden, LinearStorage.Expanded, checkpointing: true);

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Training_equals_the_reference_when_weights_are_decoded_on_use(GoldenCase golden) => Compare(golden, LinearStorage.Compact, checkpointing: false);

    private static void Compare(GoldenCase golden, LinearStorage storage, bool checkpointing)
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        using var reference = new ReferenceTensors(golden.TensorsPath);
        using var init = new ReferenceTensors(golden.File("init.safetensors"));
        using var gradients = new ReferenceTensors(golden.File("grad-step2.safetensors"));
        using var final = new ReferenceTensors(golden.File("final.safetensors"));
        using var opened = new ModelLoader(ComputeTarget.Cpu, _ => storage).Open(GoldenModel.Source(golden));
        var hyper = golden.Json.GetProperty("hyper");
        double Hyper(string name) => hyper.GetProperty(name).GetDouble();
        double alpha = double.Parse(Alpha().Match(golden.Text("adapter")!).Groups[1].Value, CultureInfo.InvariantCulture);

        var layers = opened.Model.Transformer.Layers;
        var named = Targets(init, layers, opened.Model.TransformerConfig.Hidden, alpha);
        using var network = new LoraNetwork(layers, [.. named.Values], default, CPU);
        foreach (string name in init.Names)
            Window(network.Parameters, network.Parameters.Values, Name(named, name)).copy_(init.Get(name));
        using var step = new FluxTrainingStep(opened.Model.Transformer.Use(), network, ComputeTarget.Cpu, new FlowLoss(), Hyper("guidance"), checkpointing);
        using var optimizer = new AdamW(
            network.Parameters, hyper.GetProperty("betas")[0].GetDouble(), hyper.GetProperty("betas")[1].GetDouble(), Hyper("eps"), Hyper("weight_decay"));
        double[] losses = Numbers(golden, "losses"), norms = Numbers(golden, "grad_norms");
        var positions = reference.Get("img_ids");

        for (int i = 0; i < losses.Length; i++)
        {
            using var batch = new FlowBatch
            {
                Latents = reference.Get("latents"),
                Noise = reference.Get("noise").select(0, i).clone(),
                Levels = [.. reference.Get("sigmas").select(0, i).data<float>().Select(s => (double)s)],
                States = reference.Get("encoder_hidden_states"),
                Pooled = reference.Get("pooled_projections"),
                Rows = (int)positions.select(1, 1).max().item<float>() + 1,
                Columns = (int)positions.select(1, 2).max().item<float>() + 1,
            };
            double loss = step.Accumulate(batch);
            double norm = network.Parameters.GradientNorm();
            Assert.Equal(losses[i], loss, golden.Tolerance("loss"));
            Assert.Equal(norms[i], norm, golden.Tolerance("grad"));
            if (i == 1)
                AssertSame(named, gradients, network.Parameters, network.Parameters.Gradients, golden.Tolerance("grad"), golden.Tolerance("grad"));
            network.Parameters.ClipGradients(norm, Hyper("max_grad_norm"));
            optimizer.Step(Hyper("learning_rate"));
            network.Parameters.ClearGradients();
        }
        AssertSame(named, final, network.Parameters, network.Parameters.Values, golden.Tolerance("final"), 0.01);
    }

    /// <summary>
    /// Held closer than asked, to a share of the largest value of each tensor: gradients to the tolerance itself, weights to 1 %, since Adam enlarges differences of
    /// gradients near zero.
    /// </summary>
    private static void AssertSame(Dictionary<string, LoraTarget> named, ReferenceTensors reference, ParameterSet set, Tensor flat, double tolerance, double share)
    {
        foreach (string name in reference.Names)
        {
            using var scope = NewDisposeScope();
            var expected = reference.Get(name);
            double difference = (Window(set, flat, Name(named, name)) - expected).abs().max().item<float>();
            double largest = expected.abs().max().item<float>();
            double bound = Math.Min(tolerance * Math.Max(1, largest), share * Math.Max(1e-4, largest));
            Assert.True(difference <= bound, $"{name}: differs by {difference:E2}, allowed {bound:E2}");
        }
    }

    private static Tensor Window(ParameterSet set, Tensor flat, string name) => set.Items.First(i => i.Name == name).Window(flat);

    private static string Name(Dictionary<string, LoraTarget> named, string stored) =>
        stored.Contains(".lora_down.", StringComparison.Ordinal) || stored.Contains(".lora_A.", StringComparison.Ordinal) ? named[Module(stored)].Down : named[Module(stored)].Up;

    private static string Module(string stored) => stored[..stored.LastIndexOf(".lora_", StringComparison.Ordinal)];

    /// <summary>Modules of the file → branches: kohya writes canonical names with underscores, PEFT those of diffusers, where q, k and v are rows of our qkv.</summary>
    private static Dictionary<string, LoraTarget> Targets(ReferenceTensors init, NetworkLayers layers, int hidden, double alpha)
    {
        Dictionary<string, (string Layer, long FirstRow, bool Part)> known = [];
        foreach (string layer in layers.Linears.Keys)
        {
            known["lora_unet_" + layer.Replace('.', '_')] = (layer, 0, false);
            var (_, sources) = FluxWeightMaps.Diffusers.Resolve(layer + ".weight");
            for (int i = 0; i < sources.Length; i++)
                known["transformer." + sources[i][..^".weight".Length]] = (layer, (long)i * hidden, sources.Length > 1);
        }
        Dictionary<string, LoraTarget> targets = [];
        foreach (string stored in init.Names.Where(n => n.Contains(".lora_up.", StringComparison.Ordinal) || n.Contains(".lora_B.", StringComparison.Ordinal)))
        {
            using var up = init.Get(stored);
            var (layer, first, part) = known[Module(stored)];
            targets.Add(Module(stored), new LoraTarget(layer, (int)up.shape[1], alpha, first, part ? up.shape[0] : 0));
        }
        return targets;
    }

    private static double[] Numbers(GoldenCase golden, string name) => [.. golden.Json.GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];

    [GeneratedRegex(@"alpha ([\d.]+)")]
    private static partial Regex Alpha();
}

using System.Globalization;
using System.Text.Json;
using Gesso.Contracts.Errors;
using Gesso.Diffusion.Adapters;
using Gesso.Engine.Library;
using Gesso.Testing;
using Gesso.Torch.Tensors;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Golden.Tests;

/// <summary>Adapters of every dialect, at every strength and several at once: as branches beside the weights and merged into them.</summary>
public sealed class AdapterTests
{
    public static TheoryData<GoldenCase> Cases => Coverage.Cases("lora-velocity");

    public static TheoryData<GoldenFolder, string> Good => Files("lora");

    public static TheoryData<GoldenFolder, string> Bad => Files(Path.Combine("lora", "bad"));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Velocity_with_branches_equals_the_reference(GoldenCase golden) => Compare(golden, LinearStorage.Expanded, (shelf, adapters) => shelf.Apply(adapters));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Velocity_with_branches_beside_stored_weights_equals_the_reference(GoldenCase golden) =>
        Compare(golden, LinearStorage.Compact, (shelf, adapters) => shelf.Apply(adapters));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Velocity_with_merged_weights_equals_the_reference(GoldenCase golden) => Compare(golden, LinearStorage.Expanded, (shelf, adapters) => shelf.Merge(adapters));

    [Theory]
    [MemberData(nameof(Good))]
    public void Adapter_is_used_whole(GoldenFolder folder, string file)
    {
        using var leaks = new LeakCheck();
        using var opened = Open(folder);
        var adapter = opened.Model.Adapters.Take(Path.Combine(folder.Root, file));
        Assert.NotEqual(0, adapter.Layers);
        Assert.Empty(adapter.Unused);
    }

    /// <summary>The reason is in the file's name.</summary>
    [Theory]
    [MemberData(nameof(Bad))]
    public void Bad_adapter_is_refused_with_its_reason(GoldenFolder folder, string file)
    {
        using var leaks = new LeakCheck();
        using var opened = Open(folder);
        var error = Assert.ThrowsAny<GessoException>(() => opened.Model.Adapters.Take(Path.Combine(folder.Root, file)));
        string name = Path.GetFileNameWithoutExtension(file);
        string reason = name.Contains("half", StringComparison.Ordinal) ? "adapter_half_pair"
            : name.Contains("nan", StringComparison.Ordinal) ? "adapter_not_finite"
            : name.Contains("width", StringComparison.Ordinal) ? "adapter_wrong_width"
            : "adapter_other_family";
        Assert.Equal((ErrorKind.InvalidRequest, reason), (error.Kind, error.Code));
        Assert.Contains(Path.GetFileName(file), error.Message, StringComparison.Ordinal);
        TestContext.Current.SendDiagnosticMessage(error.Message);
    }

    private static void Compare(GoldenCase golden, LinearStorage storage, Action<AdapterShelf, IReadOnlyList<PlannedAdapter>> put)
    {
        using var leaks = new LeakCheck();
        using var reference = new ReferenceTensors(golden.TensorsPath);
        string[] files = golden.Text("lora") is { } one ? [one] : [.. golden.Json.GetProperty("loras").EnumerateArray().Select(f => f.GetString()!)];
        int compared = 0;
        foreach (var entry in golden.Json.GetProperty("strengths").EnumerateArray())
        {
            double[] strengths = entry.ValueKind == JsonValueKind.Array ? [.. entry.EnumerateArray().Select(s => s.GetDouble())] : [entry.GetDouble()];
            string name = "v@" + string.Join(',', strengths.Select(s => s.ToString("0.0###", CultureInfo.InvariantCulture)));
            using var scope = NewDisposeScope();
            using var mode = inference_mode();
            using var opened = new ModelLoader(ComputeTarget.Cpu, _ => storage).Open(GoldenModel.Source(golden));
            var shelf = opened.Model.Adapters;
            var transformer = opened.Model.Transformer.Use();
            Tensor Velocity() => transformer.Forward(
                reference.Get("call.0.x"), reference.Get("encoder_hidden_states"), reference.Get("pooled_projections"), reference.Get("call.0.t"),
                reference.Contains("guidance") ? reference.Get("guidance") : null, transformer.Rotary(reference.Get("txt_ids"), reference.Get("img_ids")));
            var bare = Velocity();
            string[] paths = [.. files.Select(f => Path.Combine(golden.Folder.Root, f))];
            put(shelf, [.. paths.Select((path, i) => new PlannedAdapter(path, shelf.HashOf(path), strengths[i]))]);

            Assert.Null(TensorComparison.Difference(name, Velocity(), reference.Get(name), golden.Tolerance("tensor")));
            compared++;
            if (shelf.Applied.Count == 0)
                continue;
            shelf.Apply([]);
            Assert.Equal(bare.data<float>().ToArray(), Velocity().data<float>().ToArray());   // taken off without a trace
        }
        Assert.NotEqual(0, compared);
    }

    /// <summary>The model that the folder's adapters are for.</summary>
    private static OpenedModel Open(GoldenFolder folder) =>
        new ModelLoader(ComputeTarget.Cpu, _ => LinearStorage.Expanded).Open(GoldenModel.Source(folder.Cases.First(c => c.Kind == "lora-velocity")));

    private static TheoryData<GoldenFolder, string> Files(string under)
    {
        var data = new TheoryData<GoldenFolder, string>();
        foreach (var folder in GoldenFolder.All.Where(f => Directory.Exists(Path.Combine(f.Root, under)) && f.Cases.Any(c => c.Kind == "lora-velocity")))
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(folder.Root, under), "*.safetensors").Order(StringComparer.Ordinal))
            {
                string name = Path.GetRelativePath(folder.Root, file);
                data.Add(new TheoryDataRow<GoldenFolder, string>(folder, name) { TestDisplayName = $"{folder.Label}:{name}" });
            }
        }
        return data;
    }
}

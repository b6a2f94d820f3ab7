using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Gesso.Benchmarks.Measuring;
using Gesso.Benchmarks.Reporting;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Adapters;
using Gesso.Diffusion.Pipelines;
using Gesso.Engine;
using Gesso.Engine.Library;
using Gesso.Formats;
using Gesso.Formats.Encoding;
using Gesso.Formats.Safetensors;
using Gesso.Torch.Native;
using Gesso.Torch.Tensors;

namespace Gesso.Benchmarks.Benches;

/// <summary>What it takes to put other adapters on a model that is loaded, and what they cost a step.</summary>
internal sealed class AdaptersBench : IBench
{
    private const int Rank = 16;
    private const double MostMilliseconds = 200;
    private const int Adapters = 2;

    public string Name => "adapters";

    public string Question => "How long does a running engine take to put another adapter on, without loading the base again, and what do adapters beside the weights cost a step?";

    public BenchResult Run(BenchArguments arguments)
    {
        LibTorch.Load(new TorchOptions { Threads = arguments.Threads, PreferCuda = false });
        using var folder = new TemporaryFolder();
        var (full, hashing, files, bytes) = FullSize(folder, arguments.Repeat);
        var (swaps, steps) = Mini(folder, arguments);
        List<IReadOnlyList<string>> rows =
        [
            [$"read an adapter of FLUX.1's size ({files} layers, {bytes / 1e6:0} MB): check, plan, f32 branches", $"{full.Median:0.0}", $"{full.Min:0.0}"],
            ["its SHA-256, once as long as the file is not written to", $"{hashing.Median:0.0}", $"{hashing.Min:0.0}"],
            .. swaps.Select(s => (IReadOnlyList<string>)[s.Name, $"{s.Median:0.00}", $"{s.Min:0.00}"]),
        ];
        return new BenchResult
        {
            Notes =
            [
                $"Adapters are LoRA of rank {Rank} in bf16 on every linear layer of the blocks, as kohya trains them. FLUX.1's is read over the layers' names and sizes alone, from the page cache; "
                + "gesso-mini's are put on a loaded engine and a picture's run is started and advanced with them. A step puts its run's adapters on first, as it must when pictures take turns.",
            ],
            Tables =
            [
                new ResultTable("Putting on", ["what", "ms", "(min)"], rows),
                new ResultTable("One step of gesso-mini", ["adapters", "ms", "(min)", "to none"],
                    [.. steps.Select(s => (IReadOnlyList<string>)[s.Name, $"{s.Median:0.00}", $"{s.Min:0.00}", $"{s.RatioTo(steps[0]):0.000}"])]),
            ],
            Targets =
            [
                new Target("read an adapter of FLUX.1's size, ms", full.Median, MostMilliseconds, TargetDirection.AtMost),
                .. swaps.Select(s => new Target($"{s.Name}, ms", s.Median, MostMilliseconds, TargetDirection.AtMost)),
            ],
            Samples = [full, hashing, .. swaps, .. steps],
        };
    }

    private static (Samples Read, Samples Hash, int Layers, long Bytes) FullSize(TemporaryFolder folder, int repeat)
    {
        var model = AdapterModel.Flux1();
        string path = Write(folder.File("flux1.safetensors"), model, seed: 1);
        int layers = 0;
        var times = Interleaved.Run("FLUX.1's size", repeat, new Work("read", () =>
        {
            using var file = LoraFile.Open(path);
            var plan = LoraPlan.Create(file, model);
            layers = plan.Changes.Count;
            using var part = new LoraLoading(plan, model, ComputeTarget.Cpu).Load(AdaptedNetwork.Transformer, () => throw new InvalidOperationException("no weights are needed"));
        }), new Work("hash", () =>
        {
            using var stream = File.OpenRead(path);
            SHA256.HashData(stream);
        }));
        return (times[0] with { Name = "read an adapter of FLUX.1's size" }, times[1] with { Name = "hash it" }, layers, new FileInfo(path).Length);
    }

    private static (IReadOnlyList<Samples> Swaps, IReadOnlyList<Samples> Steps) Mini(TemporaryFolder folder, BenchArguments arguments)
    {
        using var engine = ImageEngine.Load(ModelLibrary.Default.Resolve(null, new CompanionFiles()), new EngineOptions { Device = "cpu", Threads = arguments.Threads });
        engine.LoadWeights();
        var shelf = engine.Model.Adapters;
        string[] paths = [.. Enumerable.Range(0, Adapters).Select(i => Write(folder.File($"mini{i}.safetensors"), shelf.Names, seed: 10 + i))];
        PlannedAdapter[] planned = [.. paths.Select(p => new PlannedAdapter(p, shelf.HashOf(p), 0.8))];
        // one for the round that is not counted; writing and hashing them is no part of the swap
        PlannedAdapter[] fresh = [.. Enumerable.Range(0, arguments.Repeat + 1).Select(i => Fresh(folder, shelf, paths[0], i))];
        int next = 0;
        var swaps = Interleaved.Run("swapping", arguments.Repeat,
            new Work("read one and put it on, gesso-mini", () => shelf.Apply([fresh[next++]])),
            new Work("put on one that is held, in place of another", () => shelf.Apply([planned[next % Adapters]])),
            new Work("take it off", () => shelf.Apply([])));
        var request = new ImageRequest { Prompt = MiniBench.Prompt, Seed = new Seed(1), Steps = 1000 };
        using FluxRun bare = engine.Pipeline.Start(engine.Plan(request).First), one = engine.Pipeline.Start(engine.Plan(request).First with { Adapters = [planned[0]] }),
            two = engine.Pipeline.Start(engine.Plan(request).First with { Adapters = planned });
        Work Step(string name, FluxRun run) => new(name, () => FluxBatch.Advance([run]));
        return (swaps, Interleaved.Run("steps", arguments.Repeat, Step("none", bare), Step("one", one), Step("two", two)));
    }

    /// <summary>A file that the shelf has not seen: another byte in the header makes another hash.</summary>
    private static PlannedAdapter Fresh(TemporaryFolder folder, AdapterShelf shelf, string path, int number)
    {
        string copy = folder.File($"fresh{number}.safetensors");
        using (var file = SafetensorsFile.Open(path))
        {
            SafetensorsWriter.Write(copy, file.Tensors.Values.Select(t => (new TensorDeclaration(t.Name, t.Type, t.Shape), (ReadOnlyMemory<byte>)file.Bytes(t).ToArray())),
                new Dictionary<string, string> { ["number"] = $"{number}" });
        }
        return new PlannedAdapter(copy, shelf.HashOf(copy), 0.8);
    }

    /// <summary>A LoRA on every linear layer of the blocks.</summary>
    private static string Write(string path, AdapterModel model, int seed)
    {
        var random = new Random(seed);
        List<(TensorDeclaration, ReadOnlyMemory<byte>)> tensors = [];
        foreach (var (name, shape) in model.Transformer.Linears.Where(l => l.Key.Contains("_blocks.", StringComparison.Ordinal)))
        {
            string module = "lora_unet_" + name.Replace('.', '_');
            Add($"{module}.lora_down.weight", Rank, shape.Inputs);
            Add($"{module}.lora_up.weight", shape.Outputs, Rank);
        }
        SafetensorsWriter.Write(path, tensors);
        return path;

        void Add(string name, long rows, long columns)
        {
            float[] values = new float[rows * columns];
            random.NextBytes(MemoryMarshal.AsBytes(values.AsSpan()));
            for (int i = 0; i < values.Length; i++)
                values[i] = (BitConverter.SingleToUInt32Bits(values[i]) / (float)uint.MaxValue - 0.5f) * 0.02f;
            tensors.Add((new TensorDeclaration(name, StorageType.BF16, [rows, columns]), TensorEncoder.Encode(StorageType.BF16, values)));
        }
    }
}

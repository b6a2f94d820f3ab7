using Gesso.Contracts.Images;
using Gesso.Contracts.Models;
using Gesso.Diffusion.Imaging;
using Gesso.Diffusion.Pipelines;
using Gesso.Engine.Library;
using Gesso.Formats;
using Gesso.Testing;
using Gesso.Torch.Tensors;
using Gesso.Torch.Weights;
using Gesso.Training.Adapters;
using Gesso.Training.Buckets;
using Gesso.Training.Datasets;
using Gesso.Training.Optimizers;

namespace Gesso.Training.Tests;

/// <summary>A tiny model of random weights and a folder of drawn pictures with captions; a test changes its own copy.</summary>
public sealed class TinyTraining : IDisposable
{
    /// <summary>How the tiny model draws, quickly.</summary>
    public static DenoisePlan Drawing { get; } = new()
    {
        Prompt = "",
        Prompt2 = "",
        Size = new ImageSize(32, 32),
        Steps = 2,
        Seed = new Seed(1),
        Sampler = "euler",
        Parity = ParityMode.Diffusers,
        TextLength = 16,
    };

    private readonly TestFolder _folder = new();
    private readonly OpenedModel _opened;

    public TinyTraining()
        : this(LinearStorage.Expanded)
    {
    }

    /// <param name="storage">How its weights are held.</param>
    /// <param name="stored">How its matrices are stored.</param>
    internal TinyTraining(LinearStorage storage, StorageType stored = StorageType.F32)
        : this(folder =>
        {
            string model = new TinyModel().WriteFolder(folder.At("model"));
            string transformer = Path.Combine(model, "transformer", "diffusion_pytorch_model.safetensors");
            FileContent.Read(transformer).Stored(stored).WriteSafetensors(transformer);
            return new ModelSource { Path = model };
        }, storage)
    {
    }

    /// <param name="source">A model that is there.</param>
    /// <param name="storage">How its weights are held.</param>
    internal TinyTraining(ModelSource source, LinearStorage storage)
        : this(_ => source, storage)
    {
    }

    private TinyTraining(Func<TestFolder, ModelSource> source, LinearStorage storage)
    {
        _opened = new ModelLoader(ComputeTarget.Cpu, _ => storage).Open(source(_folder));
        Model.Transformer.Use();
        Directory.CreateDirectory(Pictures);
        for (int i = 0; i < 4; i++)
        {
            var size = i == 3 ? new ImageSize(48, 32) : new ImageSize(40, 40);
            Draw(Path.Combine(Pictures, $"{i}.png"), size, seed: i);
            File.WriteAllText(Path.Combine(Pictures, $"{i}.txt"), $"tok, picture {i}, tag a, tag b");
        }
    }

    public FluxModel Model => _opened.Model;

    public ModelCard Card => _opened.Card;

    public string Pictures => _folder.At("pictures");

    public string At(string name) => _folder.At(name);

    public static void Draw(string path, ImageSize size, int seed) =>
        File.WriteAllBytes(path, ImageFiles.EncodePng(Testing.Pictures.Noise(size.Width, size.Height, 3, seed)));

    /// <summary>A plan that tests change; <paramref name="output"/> is a folder of its own.</summary>
    public TrainingPlan Plan(string output) => new()
    {
        Pictures = [new PictureFolder { Path = Pictures }],
        OutputFolder = At(output),
        CacheFolder = At("cache"),
        Buckets = new BucketOptions { Resolution = new ImageSize(32, 32), Shortest = 16, Longest = 64, Step = 8 },
        TextLength = 16,
        Steps = 6,
        Modules = new ModuleSelection { Rank = 2 },
        Rate = new LearningRate { Peak = 1e-2, Schedule = RateSchedule.Cosine, Warmup = 1 },
        Validation = new ValidationPlan { Every = -1 },
        Resume = false,
    };

    /// <summary>Networks load at first use; before a test counts tensors, they are all there.</summary>
    public void LoadAll()
    {
        Model.Clip.Use();
        Model.T5.Use();
        Model.AutoEncoder.Use();
    }

    /// <summary>A trainer lets these go; what a test counts must not include that.</summary>
    public void ReleaseEncoders()
    {
        Model.Adapters.ReleaseUnused();
        Model.Clip.Release();
        Model.T5.Release();
        Model.AutoEncoder.Release();
    }

    public void Dispose()
    {
        _opened.Dispose();
        _folder.Dispose();
    }
}

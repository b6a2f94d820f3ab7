using Gesso.Contracts.Images;
using Gesso.Diffusion.Pipelines;
using Gesso.Diffusion.Samplers;
using Gesso.Models.Flux;
using Gesso.Testing;
using Gesso.Training.Datasets;
using Gesso.Training.Planning;
using Gesso.Training.Preflight;

namespace Gesso.Training.Tests.Complaints;

/// <summary>Complaints that no other test is about; README.md lists all of them.</summary>
public sealed class ComplaintTests(TinyTraining tiny) : IClassFixture<TinyTraining>
{
    private const long Gigabyte = 1_000_000_000;

    [Fact]
    public void Complaint05_and_09_a_model_that_does_not_fit_is_told_before_a_weight_is_loaded()
    {
        using var leaks = new LeakCheck();
        var model = FullSize();
        var survey = PictureSurvey.Take([new PictureFolder { Path = tiny.Pictures }]);

        var planned = new TrainingPlanner(model, tiny.Card).Plan(
            new TrainingOrder { Pictures = survey.Folders, OutputFolder = tiny.At("full-size"), Trigger = "tok" }, survey, Drawing);
        var effort = Effort.Of(planned.Plan, model);
        var report = PreflightReport.Of(planned, survey, model, effort, freeMemory: 24 * Gigabyte);

        // nobody asked for it: where memory is short, blocks are computed again
        Assert.True(planned.Plan.Checkpointing);
        Assert.InRange(effort.MemoryBytes, 47 * Gigabyte, 60 * Gigabyte);
        Assert.True(report.HasProblems);
        Assert.Contains(report.Findings, f => f.Kind == FindingKind.Problem && f.Text.Contains("24.0 GB are free. Train at a smaller --size, or with --memory compact.", StringComparison.Ordinal));
        Assert.False(PreflightReport.Of(planned, survey, model, effort, freeMemory: 64 * Gigabyte).HasProblems);

        // a 4-bit file that stays as it is
        var compact = FullSize(compactBytes: 7 * Gigabyte);
        var less = Effort.Of(planned.Plan, compact);
        Assert.InRange(less.MemoryBytes, 7 * Gigabyte, 20 * Gigabyte);
        Assert.False(PreflightReport.Of(planned, survey, compact, less, freeMemory: 24 * Gigabyte).HasProblems);
    }

    [Fact]
    public void Complaint18_local_files_need_no_tokenizer_from_the_internet()
    {
        using var folder = new TestFolder();
        TinyModel files = new();
        string path = files.TransformerWeights().WriteSafetensors(folder.At("flux.safetensors"));
        files.ClipWeights().WriteSafetensors(folder.At("clip_l.safetensors"));
        files.T5Weights().WriteSafetensors(folder.At("t5xxl.safetensors"));
        files.LdmVae().WriteSafetensors(folder.At("ae.safetensors"));

        using var opened = TinyModel.Open(path);

        // first and last tokens of the published vocabularies
        Assert.Equal([49406, 49407], opened.Model.ClipTokenizer.EncodePadded("")[..2]);
        Assert.Equal([1, 0], opened.Model.T5Tokenizer.EncodePadded("", 2));
    }

    private static DenoisePlan Drawing { get; } = new()
    {
        Prompt = "",
        Prompt2 = "",
        Size = new ImageSize(512, 512),
        Steps = 2,
        Seed = new Seed(1),
        Sampler = SamplerCatalog.Euler,
        Parity = ParityMode.Diffusers,
        TextLength = 512,
    };

    /// <summary>FLUX.1 dev, of which nothing can be loaded.</summary>
    private FluxModel FullSize(long? compactBytes = null) => new()
    {
        Fingerprint = "full size",
        AutoEncoderFingerprint = tiny.Model.AutoEncoderFingerprint,
        TextFingerprint = tiny.Model.TextFingerprint,
        Clip = tiny.Model.Clip,
        T5 = tiny.Model.T5,
        Transformer = new NetworkSlot<FluxTransformer>(weights => new FluxTransformer(FluxConfig.Dev, weights), _ => throw new InvalidOperationException("It was loaded.")),
        AutoEncoder = tiny.Model.AutoEncoder,
        ClipTokenizer = tiny.Model.ClipTokenizer,
        T5Tokenizer = tiny.Model.T5Tokenizer,
        TransformerConfig = FluxConfig.Dev,
        AutoEncoderConfig = tiny.Model.AutoEncoderConfig,
        Shift = tiny.Model.Shift,
        Target = tiny.Model.Target,
        CompactBytes = compactBytes,
    };
}

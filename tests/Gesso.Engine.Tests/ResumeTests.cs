using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Samplers;
using Gesso.Testing;

namespace Gesso.Engine.Tests;

/// <summary>A request interrupted in one engine and continued in another.</summary>
public sealed class ResumeTests(TinyEngine tiny) : IClassFixture<TinyEngine>
{
    private static readonly RasterImage Picture = Pictures.Gradient(32, 24);

    private static ImageRequest Request => TinyEngine.Request with { Steps = 4 };

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (string sampler in SamplerCatalog.Names)
            {
                foreach (string way in Ways.Keys)
                    cases.Add(sampler, way);
            }
            return cases;
        }
    }

    private static Dictionary<string, ImageRequest> Ways => new()
    {
        ["text to image"] = Request,
        ["image to image"] = Request with { InitImage = Picture, Strength = 0.8 },
        ["inpainting"] = Request with { InitImage = Picture, Strength = 0.8, Mask = Pictures.Grey(32, 24, (x, _) => x < 16 ? 0 : 255) },
        ["true guidance"] = Request with { TrueGuidance = 2.5, NegativePrompt = "a blue box" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Request_continued_in_a_fresh_engine_draws_the_same_bytes(string sampler, string way)
    {
        using var leaks = new LeakCheck();
        var request = Ways[way] with { Sampler = sampler };
        List<(int Step, byte[] Saved)> saved = [];
        byte[] expected = [];
        using (var engine = TinyEngine.Load(tiny.Dev))
        {
            foreach (var step in engine.Generate(engine.Plan(request), cancellation: TestContext.Current.CancellationToken))
            {
                if (step.Result is null)
                    saved.Add((step.Step, step.SaveCheckpoint!()));
                else
                    expected = step.Result.Picture.Pixels;
            }
        }

        Assert.NotEmpty(saved);
        foreach (var (at, checkpoint) in saved)
        {
            using var engine = TinyEngine.Load(tiny.Dev);
            var steps = Continue(engine, request, new ResumePoint(0, checkpoint));

            Assert.Equal(saved.Select(s => s.Step).Where(s => s > at).Append(saved[^1].Step), steps.Select(s => s.Step));
            Assert.Equal(expected, steps[^1].Result!.Picture.Pixels);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Series_goes_on_at_its_picture(bool saved)
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(tiny.Dev);
        var request = Request with { Count = 3 };
        var expected = TinyEngine.Draw(engine, request);
        byte[]? checkpoint = saved
            ? Saved(engine, request, image: 1, step: 3)
            : null;

        var steps = Continue(engine, request, new ResumePoint(1, checkpoint));

        int[] rest = saved ? [4, 4] : [1, 2, 3, 4, 4];
        Assert.Equal([.. rest.Select(s => (1, s)), (2, 1), (2, 2), (2, 3), (2, 4), (2, 4)], steps.Select(s => (s.Image, s.Step)));
        var results = steps.Select(s => s.Result).OfType<ImageResult>().ToList();
        Assert.Equal([1, 2], results.Select(r => r.Index));
        Assert.Equal(expected.Skip(1).Select(r => r.Seed), results.Select(r => r.Seed));
        Assert.Equal(expected[1].Picture.Pixels, results[0].Picture.Pixels);
        Assert.Equal(expected[2].Picture.Pixels, results[1].Picture.Pixels);
    }

    [Fact]
    public void Requests_of_a_batch_continue_each_where_it_was()
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(tiny.Dev);
        var other = Request with { Prompt = "a blue box", Seed = new Seed(50) };
        BatchItem Item(ImageRequest request, int step) =>
            new(engine.Plan(request)) { Options = new GenerateOptions { Resume = new ResumePoint(0, Saved(engine, request, 0, step)) } };

        var steps = engine.Generate([Item(Request, 3), Item(other, 1)], TestContext.Current.CancellationToken).ToList();

        Assert.Equal([(0, 4), (1, 2), (0, 4), (1, 3), (1, 4), (1, 4)], steps.Select(s => (s.Request, s.Step)));
        foreach (var (request, result) in new[] { (Request, steps[2].Result!), (other, steps[5].Result!) })
            Assert.Equal(TinyEngine.Draw(engine, request).Single().Picture.Pixels, result.Picture.Pixels, (a, b) => Math.Abs(a - b) <= 1);
    }

    [Fact]
    public void Checkpoint_is_saved_before_the_next_step_or_not_at_all()
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(tiny.Dev);
        List<GenerationStep> steps = [.. engine.Generate(engine.Plan(Request))];

        Assert.Null(steps[^1].SaveCheckpoint);
        foreach (var step in steps.SkipLast(1))
            Assert.Contains($"Step {step.Step} was left behind", Refusal.Of("checkpoint_too_late", ErrorKind.Bug, () => step.SaveCheckpoint!()));
    }

    [Fact]
    public void Checkpoint_of_another_request_or_model_or_damaged_is_refused_at_the_first_step()
    {
        using var leaks = new LeakCheck();
        using var dev = TinyEngine.Load(tiny.Dev);
        using var schnell = TinyEngine.Load(tiny.Schnell);
        byte[] saved = Saved(dev, Request, image: 0, step: 2);
        void Refused(ImageEngine engine, ImageRequest request, byte[] checkpoint, string part)
        {
            Assert.False(engine.CanResume(engine.Plan(request), new ResumePoint(0, checkpoint)));
            Assert.Contains(part, Refusal.Of("checkpoint_mismatch", () => Continue(engine, request, new ResumePoint(0, checkpoint))));
        }

        Refused(dev, Request with { Prompt = "a blue box" }, saved, "another request");
        Refused(schnell, Request, saved, "another model");
        Refused(dev, Request, saved[..^1], "damaged");
        Refused(dev, Request, [], "damaged");
        Assert.True(dev.CanResume(dev.Plan(Request), new ResumePoint(0, saved)));
        Assert.True(dev.CanResume(dev.Plan(Request), new ResumePoint(0, null)));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public void Picture_that_the_request_does_not_have_is_refused(int image)
    {
        using var engine = TinyEngine.Load(tiny.Dev);
        var plan = engine.Plan(Request with { Count = 2 });

        Assert.False(engine.CanResume(plan, new ResumePoint(image, null)));
        Assert.Equal(
            $"Resume: expected picture 0 to 1, got {image}.",
            Refusal.Of("out_of_range", () => engine.Generate(plan, new GenerateOptions { Resume = new ResumePoint(image, null) })));
    }

    private static byte[] Saved(ImageEngine engine, ImageRequest request, int image, int step) =>
        engine.Generate(engine.Plan(request)).Where(s => s.Image == image && s.Step == step).Select(s => s.SaveCheckpoint!()).First();

    private static List<GenerationStep> Continue(ImageEngine engine, ImageRequest request, ResumePoint resume) =>
        [.. engine.Generate(engine.Plan(request), new GenerateOptions { Resume = resume }, TestContext.Current.CancellationToken)];
}

using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Engine;
using Gesso.Engine.Library;
using Gesso.Engine.Recipes;
using Gesso.Engine.Text;
using Gesso.Platform.Jobs;
using Gesso.Typography.Document;
using Gesso.Typography.Planning;

namespace Gesso.Worker.Tests;

/// <summary>Text of jobs: laid in behind the network, kept in the file and in the job, and no reason to draw for ever where it cannot be laid.</summary>
public sealed class TextTests
{
    private const string Prompt = "a red apple in noto style with the title \"HI\"";
    private const string Document = """{"layers":[{"id":"note","text":"fresh","region":{"box":[2,40,60,22]},"color":"#102030"}]}""";

    [Fact]
    public async Task Words_of_a_job_are_laid_into_what_the_engine_draws_without_them()
    {
        await using var bench = await WorkerBench.CreateAsync();
        var quoted = await bench.SubmitAsync(WorkerBench.Work(steps: 1) with { Prompt = Prompt, Text = new TextUse() });
        var given = await bench.SubmitAsync(WorkerBench.Work(steps: 1) with { Text = new TextUse(Document) });
        var bare = await bench.SubmitAsync(WorkerBench.Work(steps: 1) with { Prompt = Prompt });

        _ = await bench.WorkAsync(bench.Options(), async () =>
        {
            foreach (var job in (Job[])[quoted, given, bare])
                _ = await bench.EndAsync(job.Id);
        });

        var (first, file) = await DrawnAsync(bench, quoted);
        var carried = TextPicture.Read(file, "drawn");
        Assert.Equal("HI", Assert.Single(carried.Document.Layers).Text);
        Assert.Equal(Draw(PromptPlanner.Plan(Prompt).ModelPrompt, quoted), carried.Plate.Pixels);
        Assert.Equal((Prompt, true), (RecipePng.Read(file, "drawn").Prompt, RecipePng.Read(file, "drawn").LaysWords));
        Assert.Equal(TextDocumentJson.Write(carried.Document), first.Text!.Document);
        Assert.Empty(first.Text.Problems);

        var (second, other) = await DrawnAsync(bench, given);
        var note = TextPicture.Read(other, "drawn");
        Assert.Equal(Draw(given.Work.Prompt, given), note.Plate.Pixels);
        Assert.Equal("fresh", TextDocumentJson.Parse(second.Text!.Document).Layer("note").Text);
        Assert.False(RecipePng.Read(other, "drawn").LaysWords);

        var (third, plain) = await DrawnAsync(bench, bare);
        Assert.Null(third.Text);
        Assert.False(TextPicture.TryReadDocument(plain, out _));
        Assert.Equal(Draw(Prompt, bare), ImageFiles.Decode(plain, "drawn").Pixels);
    }

    [Fact]
    public async Task Files_that_carry_no_document_show_the_text_and_the_job_keeps_it()
    {
        await using var bench = await WorkerBench.CreateAsync();
        var work = WorkerBench.Work(steps: 1) with { Format = PictureFormat.Jpeg, Size = new ImageSize(128, 64) };
        const string Bar = """{"layers":[{"id":"a","text":"—","region":{"box":[0,0,128,64]},"size":80,"color":"#000000","align":"center","effects":[{"stroke":{"width":0.15,"color":"#000000"}}]}]}""";
        var job = await bench.SubmitAsync(work with { Text = new TextUse(Bar) });
        var bare = await bench.SubmitAsync(work);

        _ = await bench.WorkAsync(bench.Options(), async () =>
        {
            _ = await bench.EndAsync(job.Id);
            _ = await bench.EndAsync(bare.Id);
        });

        var (picture, file) = await DrawnAsync(bench, job);
        Assert.Equal("—", TextDocumentJson.Parse(picture.Text!.Document).Layer("a").Text);
        var (shown, drawn) = (ImageFiles.Decode(file, "drawn"), ImageFiles.Decode((await DrawnAsync(bench, bare)).File, "bare"));
        Assert.True(shown.Pixels.Sum(p => (long)p) < drawn.Pixels.Sum(p => (long)p) - 200_000, "the black bar does not show");
    }

    [Theory]
    [InlineData("""{"layers":[{"id":"a","text":"far too many words","size":40,"region":{"box":[0,0,64,64]}}]}""", "text_overflow")]
    [InlineData("""{"canvas":"100x50","layers":[{"id":"a","text":"x","region":{"box":[0,0,64,48]}}]}""", "canvas_mismatch")]
    [InlineData("""{"layers":[{"id":"a","text":"x","blend":"scene","role":"sign"}]}""", "no_plate")]
    public async Task Text_that_cannot_be_laid_ends_its_job_once_and_no_other(string document, string code)
    {
        await using var bench = await WorkerBench.CreateAsync();
        var bad = await bench.SubmitAsync(WorkerBench.Work(steps: 1) with { Text = new TextUse(document) });
        var good = await bench.SubmitAsync(WorkerBench.Work(steps: 1));

        _ = await bench.WorkAsync(bench.Options(), async () =>
        {
            _ = await bench.EndAsync(bad.Id);
            _ = await bench.EndAsync(good.Id);
        });

        var failed = await bench.FindAsync(bad.Id);
        Assert.Equal((JobState.Failed, 1, code), (failed.State, failed.Attempt, failed.Failure!.Code));
        Assert.Equal(JobState.Succeeded, (await bench.FindAsync(good.Id)).State);
    }

    private static async Task<(JobPicture Picture, byte[] File)> DrawnAsync(WorkerBench bench, Job job)
    {
        var ended = await bench.FindAsync(job.Id);
        Assert.True(ended.State == JobState.Succeeded, ended.Failure?.Message);
        return (ended.Pictures[0], await bench.PictureAsync(ended, 0));
    }

    private static byte[] Draw(string prompt, Job job)
    {
        using var engine = ImageEngine.Load(ModelLibrary.Default.Resolve(null, new CompanionFiles()), new EngineOptions { Device = "cpu", Threads = 1 });
        var plan = engine.Plan(new ImageRequest { Prompt = prompt, Steps = job.Work.Steps, Seed = new Seed(job.Work.Seed), Size = job.Work.Size });
        return engine.Generate(plan).Last().Result!.Picture.Pixels;
    }
}

using Gesso.Client;
using Gesso.Contracts.Images;

namespace Gesso.EndToEnd.Tests.Studio;

/// <summary>What "Copy as code" writes in C#, compiled: <c>unit/code.test.js</c> holds the page to these lines.</summary>
internal static class CopiedCode
{
    public static async Task GenerationAsync()
    {
        #region Generation
        using var gesso = new GessoClient(new Uri("http://127.0.0.1:7860"), Environment.GetEnvironmentVariable("GESSO_KEY")!);
        var job = await gesso.Jobs.SubmitAsync(new JobRequest
        {
            Model = "gesso-mini",
            Prompt = "a \"red\" apple\nby the sea",
            Size = new ImageSize(64, 32),
            Count = 2,
            Seed = 7,
            Steps = 9,
            TrueGuidance = 2.5,
            NegativePrompt = "fog's",
            Adapters = [new JobAdapter("brand", 0.8), new JobAdapter("ink", 1)],
            OutputFormat = "webp",
        });
        job = await gesso.Jobs.WaitAsync(job.Id);
        foreach (var picture in job.Pictures)
            await File.WriteAllBytesAsync($"picture-{picture.Index + 1}.webp", await gesso.Pictures.ReadAsync(picture.Id));
        #endregion
    }

    public static async Task EditAsync()
    {
        #region Edit
        using var gesso = new GessoClient(new Uri("http://127.0.0.1:7860"), Environment.GetEnvironmentVariable("GESSO_KEY")!);
        var start = await gesso.Uploads.AddAsync(await File.ReadAllBytesAsync("start.png"), "image/png");
        var job = await gesso.Jobs.SubmitAsync(new JobRequest
        {
            Model = "gesso-mini",
            Prompt = "an owl",
            Seed = 7,
            Image = start.Id,
            Strength = 0.4,
        });
        job = await gesso.Jobs.WaitAsync(job.Id);
        foreach (var picture in job.Pictures)
            await File.WriteAllBytesAsync($"picture-{picture.Index + 1}.png", await gesso.Pictures.ReadAsync(picture.Id));
        #endregion
    }
}

using System.Text;
using Gesso.Platform;

namespace Gesso.Storage.Tests.Histories;

/// <summary>
/// The same random histories on the model in memory, on SQLite and on PostgreSQL: every answer and the state in the end are equal. A history that differs is cut
/// down to the steps that matter. <c>GESSO_LONG=1</c> runs 10,000.
/// </summary>
public sealed class HistoryTests
{
    private static readonly int Seeds = Environment.GetEnvironmentVariable("GESSO_LONG") == "1" ? 10_000 : 120;

    [Theory]
    [InlineData(StoreKind.Sqlite)]
    [InlineData(StoreKind.Postgres)]
    public async Task Stores_answer_as_the_model_does(StoreKind kind)
    {
        int ends = 0;
        await using var subject = await HistorySubject.OpenAsync(kind);
        for (int seed = 1; seed <= Seeds; seed++)
        {
            var history = Step.History(seed);
            var (difference, succeeded) = await RunAsync(subject, history);
            if (difference is not null)
                Assert.Fail($"Seed {seed}:\n{await ShrinkAsync(subject, history)}");
            ends += succeeded;
        }
        Assert.True(ends > Seeds, $"only {ends} jobs succeeded in {Seeds} histories: they no longer test much");
    }

    /// <summary>Null: no difference. Else the calls up to it, and both answers.</summary>
    private static async Task<(string? Difference, int Succeeded)> RunAsync(HistorySubject subject, IReadOnlyList<Step> history)
    {
        var model = subject.NewModel();
        var stores = await subject.EmptyAsync();
        var world = new World();
        var calls = new StringBuilder();
        foreach (var step in history)
        {
            if (await DifferAsync(world.Next(step)) is { } difference)
                return (difference, 0);
        }
        return (await DifferAsync(world.Everything()), (int)(await model.Jobs.ListAsync(new(null, [Gesso.Platform.Jobs.JobState.Succeeded], null, null, 1000))).Count);

        async Task<string?> DifferAsync(Call call)
        {
            object? expected = await AskAsync(call, model);
            (string e, string a) = (Answer.Of(expected), Answer.Of(await AskAsync(call, stores)));
            _ = calls.AppendLine(call.Text);
            world.See(expected);
            return e == a ? null : $"{calls}{Answer.Difference(e, a)}";
        }
    }

    private static async Task<object?> AskAsync(Call call, PlatformStores stores)
    {
        try
        {
            return await call.AskAsync(stores);
        }
        catch (Gesso.Contracts.Errors.GessoException e)
        {
            return e.Code;
        }
    }

    /// <summary>Leaves out steps as long as the rest still differs.</summary>
    private static async Task<string> ShrinkAsync(HistorySubject subject, Step[] history)
    {
        var steps = history.ToList();
        for (int size = steps.Count / 2; size > 0; size /= 2)
        {
            for (int start = 0; start + size <= steps.Count;)
            {
                var fewer = steps.Where((_, i) => i < start || i >= start + size).ToList();
                if ((await RunAsync(subject, fewer)).Difference is not null)
                    steps = fewer;
                else
                    start += size;
            }
        }
        return (await RunAsync(subject, steps)).Difference ?? "It differs no longer when run again.";
    }
}

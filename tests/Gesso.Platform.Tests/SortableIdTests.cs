using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Gesso.Platform.Tests;

public sealed class SortableIdTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Ids_rise_strictly_however_fast_they_are_made()
    {
        var ids = new SortableId(_time);
        var made = Enumerable.Range(0, 10_000).Select(_ => ids.Next()).ToList();

        Assert.Equal(made.Order(StringComparer.Ordinal), made);
        Assert.Equal(made.Count, made.Distinct().Count());
    }

    [Fact]
    public void Ids_of_many_threads_differ()
    {
        var ids = new SortableId(_time);
        var made = new string[40_000];

        Parallel.For(0, made.Length, i => made[i] = ids.Next());

        Assert.Equal(made.Length, made.Distinct().Count());
    }

    [Fact]
    public void Ids_of_different_makers_sort_by_time()
    {
        var (early, late) = (new SortableId(_time), new SortableId(_time));
        string before = early.Next();
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.True(string.CompareOrdinal(before, late.Next()) < 0);
    }

    [Fact]
    public void Clock_that_steps_back_does_not_make_ids_step_back()
    {
        var clock = new FakeTimeProvider(_time.GetUtcNow());
        var ids = new SortableId(new SteppingClock(clock));
        string before = ids.Next();
        clock.Advance(TimeSpan.FromHours(1));

        Assert.True(string.CompareOrdinal(before, ids.Next()) < 0);
    }

    [Fact]
    public void Id_begins_with_its_milliseconds()
    {
        // 2026-11-24T12:00:00Z is 1795521600000 ms, ten letters of 5 bits
        Assert.StartsWith("01M86PTPG0", new SortableId(_time).Next(), StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_are_well_formed_with_their_prefix()
    {
        var ids = new SortableId(_time);

        Assert.True(JobId.TryParse(ids.NewJob().Value, out var job));
        Assert.StartsWith("job_", job.Value, StringComparison.Ordinal);
        Assert.StartsWith("tenant_", ids.NewTenant().Value, StringComparison.Ordinal);
        Assert.StartsWith("key_", ids.NewKey().Value, StringComparison.Ordinal);
        Assert.StartsWith("batch_", ids.NewBatch().Value, StringComparison.Ordinal);
        Assert.StartsWith("worker_", ids.NewWorker().Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("job_")]
    [InlineData("job_01M85ZFHG0ABCDEFGHJKMNPQR")]
    [InlineData("job_01M85ZFHG0ABCDEFGHJKMNPQRST")]
    [InlineData("job_01M85ZFHG0ABCDEFGHJKMNPQRI")]
    [InlineData("job_01m85zfhg0abcdefghjkmnpqrs")]
    [InlineData("JOB_01M85ZFHG0ABCDEFGHJKMNPQRS")]
    public void Other_texts_are_no_job_ids(string? text) => Assert.False(JobId.TryParse(text, out _));

    [Fact]
    public void Any_text_is_parsed_without_an_exception() => Gen.String.Sample(text => !JobId.TryParse(text, out _) || text.Length == 30);

    /// <summary>The time of day goes backwards as fast as the other goes forwards.</summary>
    private sealed class SteppingClock(TimeProvider clock) : TimeProvider
    {
        private readonly DateTimeOffset _start = clock.GetUtcNow();

        public override DateTimeOffset GetUtcNow() => _start - (clock.GetUtcNow() - _start);
    }
}

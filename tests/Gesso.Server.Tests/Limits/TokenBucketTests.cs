using CsCheck;
using Gesso.Server.Limits;
using Microsoft.Extensions.Time.Testing;

namespace Gesso.Server.Tests.Limits;

public sealed class TokenBucketTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Bucket_grants_a_minute_at_once_and_then_the_rate()
    {
        TokenBucket bucket = new(60, _time);

        Assert.All(Enumerable.Range(0, 60), _ => Assert.True(bucket.Take(1).Granted));
        var refused = bucket.Take(1);
        _time.Advance(refused.Wait);

        Assert.False(refused.Granted);
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Wait);
        Assert.True(bucket.Take(1).Granted);
        Assert.False(bucket.Take(1).Granted);
    }

    [Fact]
    public void Bucket_tells_what_remains_and_when_it_is_full_again()
    {
        TokenBucket bucket = new(120, _time);

        var answer = bucket.Take(20);

        Assert.Equal(100, answer.Remaining);
        Assert.Equal(TimeSpan.FromSeconds(10), answer.Reset);
        Assert.False(bucket.IsFull);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(bucket.IsFull);
    }

    [Fact]
    public void Bucket_lets_more_than_a_minutes_worth_through_when_full_and_makes_it_wait_after()
    {
        TokenBucket bucket = new(10, _time);

        Assert.True(bucket.Take(20).Granted);
        Assert.Equal(TimeSpan.FromSeconds(66), bucket.Take(1).Wait);
    }

    [Fact]
    public void Bucket_never_grants_more_than_its_burst_and_rate() =>
        Gen.Select(Gen.Int[1, 200], Gen.Select(Gen.Int[0, 5000], Gen.Int[1, 20]).Array[1, 100]).Sample((perMinute, steps) =>
        {
            FakeTimeProvider time = new();
            TokenBucket bucket = new(perMinute, time);
            double granted = 0;
            double elapsed = 0;
            foreach (var (milliseconds, units) in steps)
            {
                time.Advance(TimeSpan.FromMilliseconds(milliseconds));
                elapsed += milliseconds / 1000.0;
                int asked = Math.Min(units, perMinute);
                if (bucket.Take(asked).Granted)
                    granted += asked;
            }
            return granted <= perMinute + (elapsed * perMinute / 60) + 1e-6;
        });

    [Fact]
    public void Full_buckets_are_forgotten()
    {
        KeyBuckets buckets = new(_time);
        for (int i = 0; i < 100; i++)
            buckets.Take(new Platform.ApiKeyId($"key_{i}"), 60, 1);

        _time.Advance(TimeSpan.FromMinutes(2));
        buckets.Take(new Platform.ApiKeyId("key_new"), 60, 1);

        Assert.Equal(1, buckets.Count);
    }

    [Theory]
    [InlineData(0.012, "12ms")]
    [InlineData(1.5, "1.5s")]
    [InlineData(360, "6m0s")]
    [InlineData(0, "0ms")]
    public void Durations_are_written_as_OpenAI_writes_them(double seconds, string text) => Assert.Equal(text, RateLimits.Duration(TimeSpan.FromSeconds(seconds)));
}

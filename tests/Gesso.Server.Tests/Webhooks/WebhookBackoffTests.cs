using CsCheck;
using Gesso.Server.Webhooks;

namespace Gesso.Server.Tests.Webhooks;

public sealed class WebhookBackoffTests
{
    [Fact]
    public void Tries_spread_over_days_and_end()
    {
        double hours = Enumerable.Range(1, WebhookBackoff.MaxTries - 1).Sum(tries => WebhookBackoff.Next(tries, null)!.Value.TotalHours);

        Assert.InRange(hours, 60, 100);
        Assert.Null(WebhookBackoff.Next(WebhookBackoff.MaxTries, null));
        Assert.Null(WebhookBackoff.Next(WebhookBackoff.MaxTries, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void Waits_never_shrink_from_try_to_try_and_differ_between_messages()
    {
        Gen.Int[1, WebhookBackoff.MaxTries - 2].Sample(tries => WebhookBackoff.Next(tries, null) <= WebhookBackoff.Next(tries + 1, null) * 1.25);

        Assert.True(Enumerable.Range(0, 20).Select(_ => WebhookBackoff.Next(3, null)).Distinct().Count() > 1);
    }

    [Fact]
    public void Receiver_can_ask_for_more_time_up_to_a_day() =>
        Gen.Select(Gen.Int[1, WebhookBackoff.MaxTries - 1], Gen.Double[0, 1_000_000]).Sample((tries, asked) =>
        {
            var wait = WebhookBackoff.Next(tries, TimeSpan.FromSeconds(asked))!.Value;
            return wait.TotalSeconds >= Math.Min(asked, 24 * 3600) - 0.001 && wait.TotalHours <= 24 * 1.1;
        });
}

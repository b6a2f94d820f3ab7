using Gesso.Client.Connection;
using Gesso.Contracts.Errors;
using Microsoft.Extensions.Time.Testing;

namespace Gesso.Client.Tests.Connection;

public sealed class AnswerTests
{
    [Theory]
    [InlineData(400, ErrorKind.InvalidRequest)]
    [InlineData(401, ErrorKind.Refused)]
    [InlineData(403, ErrorKind.Refused)]
    [InlineData(404, ErrorKind.InvalidRequest)]
    [InlineData(422, ErrorKind.InvalidRequest)]
    [InlineData(500, ErrorKind.Bug)]
    [InlineData(507, ErrorKind.Unavailable)]
    public async Task Status_decides_what_the_caller_can_do(int status, ErrorKind kind)
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Error(status, "some_code", "Some words."));
        using var client = server.Client();

        var error = await Assert.ThrowsAsync<GessoServerException>(() => client.Jobs.GetAsync("job_1", TestContext.Current.CancellationToken));

        Assert.Equal((kind, "some_code", "Some words."), (error.Kind, error.Code, error.Message));
    }

    [Fact]
    public async Task An_error_without_an_envelope_tells_its_status()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Json("<html>", 418));
        using var client = server.Client();

        var error = await Assert.ThrowsAsync<GessoServerException>(() => client.Jobs.GetAsync("job_1", TestContext.Current.CancellationToken));

        Assert.Equal("http_418", error.Code);
        Assert.Contains("418", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<html>hello</html>")]
    [InlineData("""{"data":7}""")]
    [InlineData("null")]
    public async Task An_answer_of_another_kind_of_server_is_told(string body)
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Json(body));
        using var client = server.Client();

        var error = await Assert.ThrowsAsync<GessoException>(() => client.ModelsAsync(TestContext.Current.CancellationToken));

        Assert.Equal("unexpected_answer", error.Code);
        Assert.Contains("api/models", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://127.0.0.1")]
    [InlineData("/relative")]
    public void An_address_that_is_none_is_refused(string address)
    {
        var error = Assert.Throws<GessoException>(() => new GessoClient(new Uri(address, UriKind.RelativeOrAbsolute), "gsk_test"));
        Assert.Equal("bad_server", error.Code);
    }

    [Fact]
    public async Task A_server_below_a_path_is_reached_there()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Json("""{"data":[],"default":null}"""));
        using var client = new GessoClient(new Uri(server.Url, "/gesso"), "gsk_test");

        await client.ModelsAsync(TestContext.Current.CancellationToken);

        Assert.Equal("/gesso/api/models", server.Arrived[0].Path);
    }

    [Fact]
    public async Task Ids_are_escaped()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Json("""{"id":"x","state":"queued"}"""));
        using var client = server.Client();

        await client.Jobs.GetAsync("../keys?x=1", TestContext.Current.CancellationToken);

        Assert.DoesNotContain("/keys", server.Arrived[0].Path, StringComparison.Ordinal);
        Assert.Equal("", server.Arrived[0].Query);
    }

    [Fact]
    public async Task A_silent_stream_is_broken_and_a_slow_one_is_not()
    {
        var time = new FakeTimeProvider();
        var pipe = new System.IO.Pipelines.Pipe();
        await using var stream = new ImpatientStream(pipe.Reader.AsStream(), TimeSpan.FromSeconds(30), time);
        byte[] buffer = new byte[16];
        for (int i = 0; i < 3; i++)
        {
            var slow = stream.ReadAsync(buffer, TestContext.Current.CancellationToken);
            time.Advance(TimeSpan.FromSeconds(29));
            await pipe.Writer.WriteAsync(new byte[] { 1 }, TestContext.Current.CancellationToken);
            Assert.Equal(1, await slow);
        }

        var silent = stream.ReadAsync(buffer, TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(31));

        var error = await Assert.ThrowsAsync<IOException>(async () => await silent);
        Assert.Contains("30 seconds", error.Message, StringComparison.Ordinal);
    }
}

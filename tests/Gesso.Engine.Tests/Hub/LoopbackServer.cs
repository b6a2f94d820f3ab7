using System.Net;
using System.Net.Sockets;

namespace Gesso.Engine.Tests.Hub;

/// <summary>One file over real HTTP on 127.0.0.1, whose connections break after a given number of bytes.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly byte[] _content;
    private readonly Queue<int> _cuts;

    /// <param name="content">The file.</param>
    /// <param name="cuts">After how many bytes the first, second … connection is cut; later ones are whole.</param>
    public LoopbackServer(byte[] content, params int[] cuts)
    {
        _content = content;
        _cuts = new Queue<int>(cuts);
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Root = new Uri($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/");
        }
        _listener.Prefixes.Add(Root.AbsoluteUri);
        _listener.Start();
        _ = ServeAsync();
    }

    public Uri Root { get; }

    /// <summary>The Range header of each request.</summary>
    public List<string?> Ranges { get; } = [];

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
                await AnswerAsync(await _listener.GetContextAsync());
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // closed by the test
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        string? range = context.Request.Headers["Range"];
        Ranges.Add(range);
        int from = range is null ? 0 : int.Parse(range["bytes=".Length..^1]);
        context.Response.StatusCode = from > 0 ? 206 : 200;
        context.Response.ContentLength64 = _content.Length - from;
        context.Response.AddHeader("ETag", "\"one\"");
        if (from > 0)
            context.Response.AddHeader("Content-Range", $"bytes {from}-{_content.Length - 1}/{_content.Length}");
        int count = _cuts.TryDequeue(out int cut) ? Math.Min(cut, _content.Length - from) : _content.Length - from;
        await context.Response.OutputStream.WriteAsync(_content.AsMemory(from, count));
        if (from + count < _content.Length)
        {
            await context.Response.OutputStream.FlushAsync();
            context.Response.Abort();
            return;
        }
        context.Response.Close();
    }
}

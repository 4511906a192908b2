using System.Globalization;

namespace Headgate.Relay.Bench;

/// <summary>The load tool's client end: one run of it, and the values that it prints as <c>name=value</c>.</summary>
internal sealed class LoadTool(string program)
{
    public string Program { get; } = program;

    /// <summary>Runs it against <paramref name="place"/>, counting the CPU time of <paramref name="pids"/>.</summary>
    public async Task<IReadOnlyDictionary<string, double>> RunAsync(string mode, Place place, IEnumerable<int> pids, params IEnumerable<string> arguments)
    {
        var output = await Shell.RunAsync(place.Namespace is null ? Program : "ip", [
            .. place.Namespace is null ? Array.Empty<string>() : ["netns", "exec", place.Namespace, Program],
            .. Arguments(mode, place, pids, arguments),
        ]);
        return output.Trim().Split(' ').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => double.Parse(pair[1], CultureInfo.InvariantCulture));
    }

    public static string[] Arguments(string mode, Place place, IEnumerable<int> pids, IEnumerable<string> arguments) =>
        [mode, place.Address, "--hello", place.HelloFile, .. pids.Any() ? ["--pids", string.Join(',', pids)] : Array.Empty<string>(), .. arguments];
}

using Headgate.Testing.Fuzzing;

namespace Headgate.Repository.Tests.Fuzzing;

/// <summary>The long form is <c>bench/fuzz/run restic-request</c>.</summary>
public sealed class ResticRequestFuzzTests
{
    [Fact]
    public void ResticRequest_WhateverComes_KeepsItsRules() => ShortFuzz.Run(new ResticRequestTarget());
}

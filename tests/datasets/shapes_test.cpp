// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <numeric>
#include <set>
#include <utility>

#include "core/errors.hpp"
#include "core/spec_text.hpp"
#include "datasets/shape_sets.hpp"
#include "tests/datasets/files.hpp"

BOOST_AUTO_TEST_SUITE(shapes_test)

using namespace convict;
using namespace convict::datasets;

namespace {

/// How often a network has the layer: the label ends in ` xCOUNT`.
index_t count_of(const std::string& label) {
  const std::size_t cross = label.rfind(" x");
  BOOST_REQUIRE_MESSAGE(cross != std::string::npos, label);
  return std::stoll(label.substr(cross + 2));
}

index_t layers_in(const ShapeSet& network) {
  index_t layers = 0;
  for (const std::string& label : network.labels) layers += count_of(label);
  return layers;
}

/// Multiply-adds of all layers, in millions.
double million_multiply_adds(const ShapeSet& network) {
  double sum = 0;
  for (std::size_t i = 0; i < network.specs.size(); ++i)
    sum += static_cast<double>(flops(network.specs[i]) / 2 * count_of(network.labels[i]));
  return sum / 1e6;
}

using Image = std::pair<index_t, Axes>;  ///< channels and extents

std::set<Image> outputs_of(const ShapeSet& network) {
  std::set<Image> images;
  for (const ConvSpec& spec : network.specs)
    images.insert({spec.out_channels, output_extents(spec)});
  return images;
}

/// The inputs of layers that are the output of no layer of the network, apart from the first
/// layer's.
std::vector<std::string> orphans(const ShapeSet& network, std::set<Image> known) {
  known.merge(outputs_of(network));
  std::vector<std::string> found;
  for (std::size_t i = 1; i < network.specs.size(); ++i) {
    const ConvSpec& spec = network.specs[i];
    if (!known.contains({spec.in_channels, spec.input}))
      found.push_back(network.labels[i] + ": " + to_string(spec));
  }
  return found;
}

void require_chain(const std::string& name, const std::set<Image>& pooled_or_joined) {
  const auto left_over = orphans(shape_set(name), pooled_or_joined);
  BOOST_TEST(left_over.empty(),
             name << ": nothing feeds " << (left_over.empty() ? "" : left_over[0]));
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_spec_of_every_set_describes_a_convolution) {
  for (const ShapeSet& set : shape_sets()) {
    if (set.name == "invalid") continue;
    for (const ConvSpec& spec : set.specs)
      BOOST_TEST(why_invalid(spec).value_or("") == "", set.name << ": " << to_string(spec));
  }
}

BOOST_AUTO_TEST_CASE(every_spec_of_the_set_invalid_is_rejected_with_a_reason) {
  for (const ConvSpec& spec : shape_set("invalid").specs)
    BOOST_TEST(why_invalid(spec).value_or("") != "", to_string(spec));
}

BOOST_AUTO_TEST_CASE(the_set_invalid_meets_every_kind_of_reason) {
  std::string reasons;
  for (const ConvSpec& spec : shape_set("invalid").specs)
    reasons += why_invalid(spec).value_or("") + "\n";

  for (const char* kind :
       {"stride of axis 0 is 0", "stride of axis 1 is 0", "stride of axis 2 is 0",
        "dilation of axis 0 is 0", "dilation of axis 1 is 0", "filter extent of axis 0 is 0",
        "filter extent of axis 1 is 0", "groups is 0", "in_channels is 3, which 2 groups",
        "out_channels is 3, which 2 groups", "output extent of axis 0 is 0",
        "output extent of axis 1 is 0", "output extent of axis 2 is 0", "dilated filter extent",
        "padded input extent", "bytes of the input", "bytes of the filters", "bytes of the output",
        "flops do not fit"})
    BOOST_TEST(mentions(reasons, {kind}), kind);
}

BOOST_AUTO_TEST_CASE(no_set_holds_a_spec_twice) {
  for (const ShapeSet& set : shape_sets()) {
    std::set<std::string> seen;
    for (const ConvSpec& spec : set.specs)
      BOOST_TEST(seen.insert(to_string(spec)).second, set.name << ": " << to_string(spec));
  }
}

BOOST_AUTO_TEST_CASE(sets_are_as_large_as_promised) {
  BOOST_TEST(shape_set("edge").specs.size() >= 80U);
  BOOST_TEST(shape_set("everyday").specs.size() >= 40U);
  BOOST_TEST(shape_set("invalid").specs.size() >= 40U);
  BOOST_TEST(shape_set("resnet50").specs.size() == 20U);
  for (const ShapeSet& set : shape_sets()) {
    BOOST_TEST(set.description != "", set.name);
    BOOST_TEST(set.labels.size() == set.specs.size());
  }
}

BOOST_AUTO_TEST_CASE(every_fault_of_cudnn_names_its_report_and_the_large_ones_have_a_small_one) {
  const ShapeSet& faults = shape_set("cudnn_faults");
  bool small_one_due = false;
  for (std::size_t i = 0; i < faults.specs.size(); ++i) {
    const std::string& label = faults.labels[i];
    const bool companion = label.find("the same") == 0;
    BOOST_TEST(
        (companion || label.find("pytorch/pytorch#") == 0 || label.find("Theano/Theano#") == 0),
        label);
    BOOST_TEST((!small_one_due || companion), label);
    small_one_due = flops(faults.specs[i]) > 200'000'000;
  }
  BOOST_TEST(!small_one_due);
}

BOOST_AUTO_TEST_CASE(edge_and_core_are_small_enough_for_any_reference) {
  for (const char* name : {"edge", "everyday"})
    for (const ConvSpec& spec : shape_set(name).specs)
      BOOST_TEST(flops(spec) <= 2'000'000, to_string(spec));
}

BOOST_AUTO_TEST_CASE(edge_has_every_axis_and_sign_of_a_feature) {
  const auto& specs = shape_set("edge").specs;
  const auto some = [&](auto&& property) { return std::ranges::any_of(specs, property); };
  const auto on_some_axis = [&](auto&& property) {
    return some([&](const ConvSpec& spec) {
      for (int axis = 0; axis < spec.rank; ++axis)
        if (property(spec, axis)) return true;
      return false;
    });
  };
  const auto at = [](const Axes& axes, int axis) { return axes[static_cast<std::size_t>(axis)]; };

  for (int rank = 1; rank <= max_rank; ++rank) {
    const auto with_rank = [&](auto&& property) {
      return some([&](const ConvSpec& spec) { return spec.rank == rank && property(spec); });
    };
    BOOST_TEST(with_rank([](const ConvSpec& s) { return s.unshared; }));
    BOOST_TEST(with_rank([](const ConvSpec& s) { return s.flip; }));
    BOOST_TEST(with_rank([](const ConvSpec& s) { return s.groups > 1; }));
    BOOST_TEST(with_rank([](const ConvSpec& s) { return s.batch == 0; }));
    BOOST_TEST(with_rank([](const ConvSpec& s) { return s.border == BorderMode::half; }));
  }
  BOOST_TEST(on_some_axis(
      [&](const ConvSpec& s, int a) { return padding_of(s, a).before >= dilated_extent(s, a); }));
  BOOST_TEST(on_some_axis([&](const ConvSpec& s, int a) {
    return padding_of(s, a).before == 0 && padding_of(s, a).after > 0;
  }));
  BOOST_TEST(on_some_axis([&](const ConvSpec& s, int a) {
    return at(s.stride, a) > dilated_extent(s, a) && at(s.filter, a) > 1;
  }));
  BOOST_TEST(on_some_axis([&](const ConvSpec& s, int a) {
    return std::gcd(at(s.stride, a), at(s.dilation, a)) > 1 && at(s.filter, a) > 1;
  }));
  BOOST_TEST(on_some_axis(
      [&](const ConvSpec& s, int a) { return dilated_extent(s, a) > at(s.input, a); }));
  BOOST_TEST(some([](const ConvSpec& s) {
    return s.groups == s.in_channels && s.groups > 1 && s.out_channels > s.in_channels;
  }));
}

BOOST_AUTO_TEST_CASE(networks_have_the_published_numbers_of_layers_and_multiply_adds) {
  const auto check = [](const char* name, index_t layers, double multiply_adds) {
    BOOST_TEST(layers_in(shape_set(name)) == layers, name);
    BOOST_TEST(million_multiply_adds(shape_set(name)) == multiply_adds,
               boost::test_tools::tolerance(0.0005));
  };

  // Millions of multiply-adds: the published totals without the fully connected layers (He et al.
  // 2016: 3.8e9; Howard et al. 2017: 569e6 with one million fully connected; Sandler et al. 2018:
  // 300e6).
  check("resnet50", 53, 3855.9);
  check("vgg19", 16, 19508.4);
  check("alexnet", 5, 665.8);
  check("mobilenet_v1", 27, 567.7);
  check("mobilenet_v2", 52, 299.5);
}

BOOST_AUTO_TEST_CASE(each_layer_of_a_network_takes_what_another_gives) {
  const auto square = [](index_t channels, index_t extent) {
    return Image{channels, {extent, extent, 1}};
  };
  const auto box = [](index_t channels, index_t wide, index_t deep) {
    return Image{channels, {wide, wide, deep}};
  };

  require_chain("resnet50", {square(64, 56)});
  require_chain("vgg19", {square(64, 112), square(128, 56), square(256, 28), square(512, 14)});
  require_chain("alexnet", {square(96, 27), square(256, 13)});
  require_chain("mobilenet_v1", {});
  require_chain("mobilenet_v2", {});
  require_chain("deeplab", {square(512, 41), square(1024, 33), square(2048, 1), square(1280, 33)});
  require_chain("wavenet", {});
  require_chain("unet3d", {box(64, 64, 56), box(128, 30, 26), box(256, 13, 11),  // pooled
                           box(512, 18, 14), box(256, 28, 20),
                           box(128, 48, 32),  // put out by up-convolutions
                           box(768, 18, 14), box(384, 28, 20), box(192, 48, 32)});  // joined
}

BOOST_AUTO_TEST_CASE(causal_layers_pad_before_only) {
  for (const ConvSpec& spec : shape_set("wavenet").specs) {
    BOOST_TEST(spec.rank == 1);
    BOOST_TEST(padding_of(spec, 0).after == 0);
    BOOST_TEST(padding_of(spec, 0).before == dilated_extent(spec, 0) - 1);
  }
}

BOOST_AUTO_TEST_CASE(a_set_is_found_by_name_and_the_nearest_is_suggested) {
  const auto complaint = complaint_of<InputError>([] { shape_set("resnet5O"); });

  BOOST_TEST(shape_set("everyday").name == "everyday");
  BOOST_TEST(mentions(complaint, {"'resnet5O'", "did you mean 'resnet50'?", "edge", "wavenet"}));
  BOOST_TEST(mentions(complaint_of<InputError>([] { shape_set(""); }), {"''", "edge"}));
}

BOOST_AUTO_TEST_CASE(comments_blanks_and_dos_line_ends_are_no_specs) {
  const ShapeSet set = parse_shape_set(
      "# a title\r\n\r\n  c1_i4_k1_f2 # two taps\r\n#c1_i4_k1_f9\n\t\nc2_i4_k1_f3#x", "list");

  BOOST_TEST(set.description == "a title");
  BOOST_REQUIRE(set.specs.size() == 2U);
  BOOST_TEST(to_string(set.specs[0]) == "c1_i4_k1_f2");
  BOOST_TEST(to_string(set.specs[1]) == "c2_i4_k1_f3");
  BOOST_TEST(set.labels[0] == "two taps");
  BOOST_TEST(set.labels[1] == "x");
}

BOOST_AUTO_TEST_CASE(a_malformed_line_is_named_with_its_number_and_the_parsers_words) {
  const TemporaryFolder folder;
  write_bytes(folder / "mine.txt", "c1_i4_k1_f2\n\n# fine so far\nc1_i4_k1_f2_z9\n");
  write_bytes(folder / "none.txt", "# nothing but a comment\n");
  const auto complaint = [&](const char* name) {
    return complaint_of<FileError>([&] { read_suite_file(folder / name); });
  };

  BOOST_TEST(mentions(complaint("mine.txt"), {"mine.txt:4: bad spec 'c1_i4_k1_f2_z9'", "column"}));
  BOOST_TEST(mentions(complaint("none.txt"), {"none.txt", "no spec"}));
  BOOST_TEST(mentions(complaint("absent.txt"), {"absent.txt", "No such file"}));
  BOOST_TEST(mentions(complaint(""), {"is a directory"}));
}

BOOST_AUTO_TEST_CASE(a_users_file_gives_its_specs_in_order) {
  const TemporaryFolder folder;
  write_bytes(folder / "mine.txt",
              "c3_i8x8_k4_f3x3_p1\nc1_i4_k1_f9  # no convolution, still read\n");

  const auto lines = read_suite_file(folder / "mine.txt");

  BOOST_REQUIRE(lines.size() == 2U);
  BOOST_TEST(to_string(lines[0].spec) == "c3_i8x8_k4_f3x3_p1");
  BOOST_TEST(!lines[0].trial.has_value());
  BOOST_TEST(why_invalid(lines[1].spec).has_value());
}

BOOST_AUTO_TEST_CASE(a_users_file_may_hold_trials_among_its_specs) {
  const TemporaryFolder folder;
  write_bytes(folder / "mine.txt",
              "# mine\nc3_i8x8_k4_f3x3_p1\n"
              "c1_i4_k1_f2/grad_input/f16/fill=flat,seed=3  # was wrong\n\nc2_i4_k1_f3\n");
  std::vector<std::string> checked;

  const auto lines = read_suite_file(
      folder / "mine.txt", [&](const Trial& trial) { checked.push_back(to_string(trial)); });

  BOOST_REQUIRE(lines.size() == 3U);
  BOOST_TEST(to_string(*lines[1].trial) == "c1_i4_k1_f2/grad_input/f16/fill=flat,seed=3");
  BOOST_TEST(to_string(lines[1].spec) == "c1_i4_k1_f2");
  BOOST_TEST(!lines[2].trial.has_value());
  BOOST_TEST(checked.size() == 3U);
  BOOST_TEST(checked[1] == "c1_i4_k1_f2/grad_input/f16/fill=flat,seed=3");
}

BOOST_AUTO_TEST_CASE(a_trial_that_is_none_or_cannot_be_carried_out_is_named_with_its_line) {
  const TemporaryFolder folder;
  write_bytes(folder / "mine.txt", "c1_i4_k1_f2\nc1_i4_k1_f2/sideways/f32\n");
  write_bytes(folder / "checked.txt", "# none\nc1_i4_k1_f2/forward/f32\n");

  BOOST_TEST(mentions(complaint_of<FileError>([&] { read_suite_file(folder / "mine.txt"); }),
                      {"mine.txt:2: ", "sideways"}));
  BOOST_TEST(mentions(complaint_of<FileError>([&] {
                        read_suite_file(folder / "checked.txt",
                                        [](const Trial&) { throw SpecError("not that"); });
                      }),
                      {"checked.txt:2: not that"}));
}

BOOST_AUTO_TEST_SUITE_END()
